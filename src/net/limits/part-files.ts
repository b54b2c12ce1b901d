/** The bounds of what a download may lose: how often its bytes are synced and noted. */
import { MiB } from './units.js';

/**
 * A part file is synced while it grows, after so many bytes: then its end waits for little, and a
 * disk has always something to write.
 */
export const SYNC_EVERY_BYTES = 16 * MiB;
/**
 * Of what is still to come half is the most that waits for a sync, so that the last one has little to do; but
 * not less than this, because each costs the disk as much.
 */
export const LEAST_SYNC_BYTES = 4 * MiB;
/** It is synced this long after the first piece that was not, however few came. */
export const SYNC_EVERY_MS = 1_000;
/**
 * A folder's pieces come in any order, so what is synced lies in many files, and each costs the disk as much
 * as one: it is synced after as many bytes for each file that they lie in, up to so many files.
 */
export const MAX_FILES_PER_SYNC_BYTES = 4;
/**
 * Threads that the program asks libuv for, where its user has not: a sync keeps one of them, and a
 * disk serves many that wait together by emptying its cache once. It has four by itself.
 */
export const WAITING_THREADS = 24;
/** Syncs of part files and folders that a client has under way; the rest of these threads stays for other work. */
export const MAX_SYNCS_AT_A_TIME = 6;
/** Syncs of small files that all transfer threads have under way together. */
export const MAX_SMALL_FILE_SYNCS = 16;
/** Folders that are remembered to be on the disk, with the way to them; of more, all are looked at again. */
export const MAX_SAFE_FOLDERS = 1_024;
/** How often the pieces that a download keeps are noted: a crash costs hashing those since. */
export const SAVE_KEPT_INTERVAL_MS = 2_000;
/** For so long verified pieces gather before their hints are written: a write for each is felt. */
export const HINT_GATHER_MS = 100;
/** A stopped download waits this long for its last sync; then what was noted before is kept. */
export const LAST_SYNC_WAIT_MS = 10_000;
/** How often a download whose peers deliver notes that it may be writing. */
export const WRITE_NOTE_INTERVAL_MS = 1_000;
/** A killed client may have written to a part file for so long after it noted that last. */
export const UNNOTED_WRITE_MS = 2_000;
/** Shares that are looked through for pieces of a download, those of its own name first. */
export const MAX_PIECE_DONORS = 64;
/** Bytes of their descriptions: reading the names in them takes the main thread. */
export const MAX_DONOR_DESCRIPTION_BYTES = 8 * MiB;
