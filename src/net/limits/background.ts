/**
 * Bounds of transfers in the background, which step back when the way fills. Importers take them from
 * limits.ts, which is the door to all of them.
 */
import { KiB } from './units.js';

/** How often the delay of the way is measured: usually, while a rate depends on it, and while others have the line. */
export const DELAY_PROBE_MS = 1_250;
export const DELAY_PROBE_SOON_MS = 250;
export const DELAY_PROBE_LATE_MS = 2_000;
/** So many of these pings at once, then so many a second: less than a tracker takes (SESSION_PINGS_BURST). */
export const DELAY_PROBES_BURST = 12;
export const DELAY_PROBE_MEAN_MS = 1_120;
/** For so long the answer to one of these is awaited; then it is asked anew. */
export const DELAY_PROBE_PATIENCE_MS = 5_000;
/** The queue that background transfers may keep on their way; RFC 6817 allows up to 100 ms. */
export const QUEUE_TARGET_MS = 60;
/** What is longer than this while they stand aside is the queue of somebody else. */
export const QUEUE_GONE_MS = 10;
/** After another rate is set a ping says nothing for so long: what was sent before is still on its way. */
export const WAY_SETTLES_MS = 200;
/** How long they stand aside at most, to see whether a queue goes away with them. */
export const ASIDE_MS = 2_000;
/** After a queue that went away they leave a little of the line free for so long, and measure so often. */
export const CHECK_MS = 1_250;
export const CHECK_PROBE_MS = 500;
/** They do so this long after the last time without a reason. */
export const LOOK_EVERY_MS = 30_000;
/** How long somebody else has the line before they try again, twice as long each time that it is in vain. */
export const WAIT_MS = 5_000;
export const MAX_WAIT_MS = 8_000;
/** For how long they try a part of it. */
export const TRY_MS = 750;
/** Over which what they take is measured: bytes come in lumps. */
export const USE_MEASURED_OVER_MS = 1_000;
/** How much a delay varies without a queue is the median of so many answers; between two of them is at most so long. */
export const SPREAD_ANSWERS = 16;
export const SPREAD_GAP_MS = 1_000;
/** An answer with a longer queue than this is none of these: it was not chance. */
export const MAX_SPREAD_QUEUE_MS = 120;
/** A queue is at most this much more than the least delay because that varies: with QUEUE_GONE_MS the QUEUE_TARGET_MS. */
export const MAX_SPREAD_SLACK_MS = 50;
/** After so many waits in vain with a steady delay a part of the line is tried all the same, for so long. */
export const VAIN_WAITS = 4;
export const DOUBT_TRY_MS = 1_500;
/** Who has waited for so long without any answer takes a part of the line. */
export const UNSEEN_MS = 30_000;
/** On another way, and after those waits, they look for longer, to see how much the delay varies: so many answers. */
export const LOOK_ANSWERS = 8;
export const LOOK_MS = 4_000;
/** What the delay without a queue is taken from: the least of each minute, of so many minutes. */
export const BASE_DELAY_MINUTES = 10;
/** Background transfers begin with so much a second, each way, and never fall below the least. */
export const FIRST_BACKGROUND_RATE = 128 * KiB;
export const LEAST_BACKGROUND_RATE = 32 * KiB;
/**
 * What they ask of a peer at a time, and ahead on a connection: all of it comes at the pace of the line, whatever
 * rate is set meanwhile.
 */
export const BACKGROUND_BLOCK_LENGTH = 64 * KiB;
export const BACKGROUND_PIPELINE_BYTES = 256 * KiB;
