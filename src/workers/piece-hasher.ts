/**
 * The seam between transfers and SHA-1 engines, to be able to swap and to measure.
 * The only module that knows an engine; owns nothing but the engine's own state.
 */

/** One piece that lies in a thread's slot memory. */
export interface HashInput {
  /** Byte offset in the memory handed to `createPieceHasher`. */
  readonly at: number;
  /** Bytes, at least 1. */
  readonly length: number;
}

/** Hashes pieces in place. Not reentrant, one per thread. */
export interface PieceHasher {
  readonly name: string;
  /** How many inputs one call handles best; more are allowed. */
  readonly batch: number;
  /** SHA-1 of each input, 20 bytes each, in order, into `digests`. */
  sha1(inputs: readonly HashInput[], digests: Uint8Array): void;
}
