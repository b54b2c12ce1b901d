/** Bounds of folders that are shared as one item. */
import { KiB, MiB } from './units.js';

/** Files and empty folders of one folder: each is a file to open, and a line of a table. */
export const MAX_FOLDER_ENTRIES = 100_000;
/** Folders in folders, the file itself included: deeper trees are made by mistake or malice. */
export const MAX_FOLDER_LEVELS = 32;
/** Bytes (UTF-8) of a path inside a folder: with the destination in front, what systems open. */
export const MAX_ENTRY_PATH_BYTES = 4 * KiB;
/** Bytes of a file of patterns, which says what of a folder is not shared. */
export const MAX_IGNORE_FILE_BYTES = 64 * KiB;
/** Patterns of all such files of one folder: each is held against each name below it. */
export const MAX_IGNORE_PATTERNS = 1_000;
/** Bytes of all paths in a folder together: a table says of each only what the one before has not. */
export const MAX_FOLDER_PATHS_BYTES = 16 * MiB;
/**
 * UTF-16 units of the names in one folder that are not plain ASCII, those twice that are composed anew
 * or grow when their case is folded, and four times with fifteen marks in a row: whoever looks for
 * twins among them is held up for so long.
 */
export const MAX_NAME_WORK = 4 * MiB;
/** A table that takes so many bytes, or holds so many entries, is why a process keeps its young heap small. */
export const LARGE_TABLE_BYTES = MiB / 2;
export const LARGE_TABLE_ENTRIES = 10_000;
/** Bytes of a table, and of its paths, that are read before the thread's other work has its turn. */
export const FOLDER_TABLE_TURN_BYTES = 128 * KiB;
/** Bytes of a whole path that Linux opens, without the zero behind it. */
export const MAX_PATH_BYTES = 4 * KiB - 1;
/** Patterns of `--only`: more than anybody writes, and each is held against every path of a folder. */
export const MAX_ONLY_PATTERNS = 64;
/** Entries of a folder that is listed which one message holds, and bytes of their paths. */
export const FOLDER_PAGE_ENTRIES = 1_000;
export const FOLDER_PAGE_BYTES = 256 * KiB;
/** Folders whose tables are kept while they are listed page by page. */
export const MAX_FOLDER_LISTINGS = 2;
/** Such a table is forgotten after so long without a page. */
export const FOLDER_LISTING_KEPT_MS = 30_000;
/** Entries of a downloaded folder that one thread makes before the next gets its turn. */
export const ENTRIES_PER_UNPACK_RUN = 512;
/** Such runs that a thread has under way: while one waits for the disk, another one writes. */
export const UNPACK_RUNS_PER_THREAD = 2;
/** Files of a downloaded folder that a run makes in one go, and then syncs; they are open until then. */
export const FILES_MADE_AT_A_TIME = 128;
/** Files of folders that a thread keeps open, whatever the folders hold. */
export const MAX_ENTRY_FILES_PER_THREAD = 64;
/** Of the files that a process may open, so many stay for all else than the files of folders. */
export const RESERVED_DESCRIPTORS = 48;
/** The rest is for so many at a time: two runs that make files and what is read, in each of the usual four threads. */
export const DESCRIPTOR_SHARES = 12;
/** Files of one folder that are looked at a time: a few for each thread that looks. */
export const FOLDER_LOOKS_AT_A_TIME = 32;
/** Looks at all files of a folder that is served rest so many times as long as one takes. */
export const FOLDER_LOOK_REST_FACTOR = 20;
/** Links and special files in a folder that are told by name; of more it is said how many. */
export const MAX_LEFT_OUT_TOLD = 20;
