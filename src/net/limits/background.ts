/**
 * Bounds of transfers in the background, which step back when the way fills. Importers take them from
 * limits.ts, which is the door to all of them.
 */
import { KiB } from './units.js';

/** How often the delay of the way is measured: a little less often than a tracker takes pings. */
export const DELAY_PROBE_MS = 1_250;
/** For so long the answer to one of these is awaited; then it is asked anew. */
export const DELAY_PROBE_PATIENCE_MS = 5_000;
/** The queue that background transfers may keep on their way; RFC 6817 allows up to 100 ms. */
export const QUEUE_TARGET_MS = 60;
/** What the delay without a queue is taken from: the least of each minute, of so many minutes. */
export const BASE_DELAY_MINUTES = 10;
/** Background transfers begin with so much a second, each way, and never fall below the least. */
export const FIRST_BACKGROUND_RATE = 128 * KiB;
export const LEAST_BACKGROUND_RATE = 32 * KiB;
