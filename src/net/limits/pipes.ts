/** Bounds of content that passes through standard input and output. */
import { MiB } from './units.js';

/** What is fetched ahead of a reader who takes a file from its beginning while it comes; all of it is on the disk. */
export const IN_ORDER_WINDOW_BYTES = 64 * MiB;
/** And never fewer pieces than this, so that all peers have something to do. */
export const IN_ORDER_WINDOW_PIECES = 32;
/** One of the two buffers through which a file goes to standard output: one is read while the other is written. */
export const OUTPUT_BUFFER_BYTES = 1 * MiB;
/** Whoever reads a file while it comes hears of more no sooner than this after the last time. */
export const READER_INTERVAL_MS = 20;
/**
 * What goes once its reader has it is synced when it has lain so long, in place of `SYNC_EVERY_MS` and `SYNC_EVERY_BYTES`:
 * most of it is gone before.
 */
export const PASSING_SYNC_EVERY_MS = 5_000;
/** And a reader who is so far behind its last piece has it kept like any other download, until all is read. */
export const LAST_READER_WAIT_MS = 2_000;
/** A process that stayed and is done waits so long for whoever reads its output. */
export const OUTPUT_END_WAIT_MS = 2_000;
/** What standard input has brought goes to the disk in steps of so much, while more comes. */
export const INPUT_SYNC_BYTES = 64 * MiB;
/**
 * One of the two buffers between standard input and its file: one is filled while the other is written. A pipe has one
 * alone, and a thread that fills and writes it.
 */
export const INPUT_BATCH_BYTES = 1 * MiB;
/** A thread that takes a pipe in is so far ahead of whoever has it synced and hashed, and waits. */
export const INPUT_AHEAD_BYTES = 32 * MiB;
/** And tells of more no sooner than this after the last time. */
export const INPUT_TOLD_MS = 20;
/** What standard input has brought, and fills no buffer, is written after this. */
export const INPUT_GATHER_MS = 50;
/**
 * A longer input is hashed while more of it comes. Up to here the piece length is doubled as it grows, and each doubling
 * would have all of it hashed anew, which costs a fast input more than is saved. `PREFERRED_PIECE_COUNT` pieces of
 * `PREFERRED_PIECE_LENGTH` have so many bytes.
 */
export const AHEAD_FROM_BYTES = 512 * MiB;
/** Of an input, so much is hashed at a time while more comes. */
export const AHEAD_RUN_BYTES = 32 * MiB;
/** And so many of these at a time: what hashing does not keep up with is read once more at the end. */
export const MAX_RUNS_AHEAD = 4;
/** Inputs of which a client knows hashes; the one that was begun first is forgotten. */
export const MAX_INPUTS_AHEAD = 8;
/** An input that nobody has brought anything for this long is given up, if its reader cannot be seen from here. */
export const INPUT_LEFT_AGE_MS = 24 * 60 * 60 * 1000;
/** Whoever ended the upload of an input waits this long to hear whether it is shared by now, so that it may go. */
export const INPUT_SETTLE_MS = 5000;
