/** Bounds of looking at shared files, and of reading them to see whether they are what they were. */
import { MiB } from './units.js';

/** Shared files that are looked at at a time when everything is put online. */
export const RESTORE_LOOKS_AT_A_TIME = 16;
/** Shared files that are looked at at a time when they are listed. */
export const SHARE_LIST_LOOKS_AT_A_TIME = 16;
/** Lists of shares that the tracker is told of at a time, within what one session may ask of it. */
export const RESTORE_CALLS_AT_A_TIME = 4;
/** How often shares that cannot be served are looked at again: a disk may be plugged in. */
export const UNSERVED_LOOK_INTERVAL_MS = 10_000;
/** Shares that are looked at each time; of more, each has to wait for its turn. */
export const MAX_UNSERVED_LOOKED_AT = 64;
/** Bytes that work in the background reads in one go: some milliseconds of one thread. */
export const IDLE_READ_BYTES = 8 * MiB;
/** Bytes that `verify` hands to the threads at a time: enough for all of them. */
export const VERIFY_READ_BYTES = 128 * MiB;
/** Work in the background takes transfers for over when no byte has moved for this long. */
export const TRANSFER_QUIET_MS = 2_000;
/** How often work that waits for that looks. */
export const TRANSFER_QUIET_POLL_MS = 500;
/** Of its time a scrub reads for one part in so many, and on one thread. */
export const SCRUB_REST_FACTOR = 20;
/** So does hashing again of what was touched, while transfers run. */
export const PROOF_REST_FACTOR = 20;
/** A scrub begins a round this long after it began the last one. */
export const SCRUB_ROUND_MS = 30 * 24 * 3600 * 1000;
/** The longest that a scrub sleeps without a look at the clock. */
export const MAX_SCRUB_SLEEP_MS = 3600 * 1000;
/** How often a scrub notes how far it is: what is read again after a crash. */
export const SCRUB_SAVE_INTERVAL_MS = 10_000;
/** A repair that gets no byte for this long gives up: the next file may be had. */
export const REPAIR_TIMEOUT_MS = 30_000;
/** Damaged ranges of one file that a report names; of more it says how many bytes. */
export const MAX_DAMAGED_RANGES_TOLD = 16;
