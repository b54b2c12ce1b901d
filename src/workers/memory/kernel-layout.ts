/**
 * Where the SHA-1 kernel keeps its own data: at the start of the memory that it shares with
 * the piece slots. Both sides of the kernel read this page: the generator of its code
 * (sha1-wat.ts) and its caller (lane-hasher.ts).
 */

/** Streams that the kernel hashes at once, one in each 32-bit lane of a vector. */
export const LANE_COUNT = 4;

/** Bytes of one SHA-1 block. */
export const BLOCK_LENGTH = 64;

/** Words of a SHA-1 state. */
export const STATE_WORD_COUNT = 5;

/** Word `w` of lane `l` lies, little-endian, at `STATES_AT + 16 * w + 4 * l`. */
export const STATES_AT = 0;

/** The padded end of lane `l`'s input, one or two blocks, lies at `TAILS_AT + 128 * l`. */
export const TAILS_AT = 512;

/** The first bytes of every slot memory, which hold no slot: one page of the operating system. */
export const KERNEL_RESERVED_BYTES = 4096;
