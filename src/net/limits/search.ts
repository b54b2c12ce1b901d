/** Bounds of looking for files by words in their names. */

/** Words of one search; each file is held against all of them. */
export const MAX_SEARCH_WORDS = 8;
/** Bytes (UTF-8) of all those words together: two whole names. */
export const MAX_SEARCH_BYTES = 512;
/** Bytes (UTF-8) of the ending of a name that is asked for. */
export const MAX_ENDING_BYTES = 32;
/** Places of one group that the first statement of a call looks at, whatever is in the names. */
export const FIRST_SEARCH_SLICE_FILES = 100;
/** Places that any one looks at: half a millisecond for names as people give them. */
export const MAX_SEARCH_SLICE_FILES = 1_000;
/** How many times as many a statement looks at as the one before, at most. */
export const SEARCH_SLICE_GROWTH = 4;
/**
 * One turn of a search takes so long, and one statement aims at no more; what is left takes further turns,
 * between which others have theirs.
 */
export const SEARCH_TURN_MS = 4;
/** One call takes turns for so long together; then it says where the next one goes on. */
export const SEARCH_CALL_MS = 20;
/** Files that one answer names. */
export const MAX_FOUND_PER_CALL = 200;
/** Time that the searches of one user may take of the tracker at once, and in each second from then on. */
export const SEARCH_BURST_MS = 4_000;
export const SEARCH_MS_PER_SECOND = 200;
/** Users whose searches are counted. */
export const MAX_SEARCH_PACE_ENTRIES = 10_000;
/** Files that one command finds; of more it says so. */
export const MAX_FILES_FOUND = 10_000;
