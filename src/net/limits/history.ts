/** Bounds of what a group's history holds, and of what a client keeps of it. */
import { KiB, MiB } from './units.js';

/** Entries of one group that the tracker keeps, and their bytes; the oldest go first. */
export const MAX_HISTORY_ENTRIES_PER_GROUP = 20_000;
export const MAX_HISTORY_BYTES_PER_GROUP = 4 * MiB;
/** The oldest entries that go together when there are more than that. */
export const HISTORY_DROPPED_AT_ONCE = 128;
/** Entries that go together once their group has ended. */
export const HISTORY_REMOVED_AT_ONCE = 1_024;
/** Subjects of one entry, and bytes (UTF-8) of them: what one call shares is some entries. */
export const MAX_HISTORY_SUBJECTS = 128;
export const MAX_HISTORY_SUBJECT_BYTES = 4 * KiB;
/** Groups that had the same name of which a home keeps the last head that it verified. */
export const MAX_HEADS_PER_GROUP = 16;
