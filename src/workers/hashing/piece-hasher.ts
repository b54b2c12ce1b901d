/**
 * The seam between transfers and SHA-1 engines, to be able to swap and to measure: what an engine
 * is, and the checks that every engine makes of its inputs. Knows no engine, owns nothing.
 * The memory is of fixed size, as a thread's slot memory is: engines keep views of it.
 */
import { SHA1_BYTES } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import { KERNEL_RESERVED_BYTES } from '../memory/kernel-layout.js';
import type { HasherName } from '../messages/thread.js';

/** One piece that lies in a thread's slot memory. */
export interface HashInput {
  /** Byte offset in the memory of the hasher, from `KERNEL_RESERVED_BYTES` on. */
  readonly at: number;
  /** Bytes, at least 1. */
  readonly length: number;
}

/** Hashes pieces in place. Not reentrant, one per thread. */
export interface PieceHasher {
  /** The engine that is really used, which may be the fallback. */
  readonly name: HasherName;
  /** Why this is not the engine that was asked for; absent when it is. */
  readonly fallbackReason?: string;
  /** How many inputs one call handles best; more are allowed. */
  readonly batch: number;
  /** SHA-1 of each input, `SHA1_BYTES` each, in order, into `digests`. */
  sha1(inputs: readonly HashInput[], digests: Uint8Array): void;
}

/**
 * Throws when an input does not lie in the slots, or `digests` is too short for all of them. A
 * wrong address would otherwise give a wrong digest without a word, and cost an innocent peer its
 * reputation.
 */
export function assertHashInputs(
  inputs: readonly HashInput[],
  digests: Uint8Array,
  memoryLength: number,
): void {
  if (digests.length < inputs.length * SHA1_BYTES) {
    bug(`${digests.length} bytes for ${inputs.length} SHA-1 digests`);
  }
  for (const { at, length } of inputs) {
    const isInSlots = at >= KERNEL_RESERVED_BYTES && at + length <= memoryLength;
    const isWhole = Number.isInteger(at) && Number.isInteger(length);
    if (!isInSlots || !isWhole || length < 1) {
      bug(`SHA-1 of ${length} bytes at ${at} of ${memoryLength} bytes of slots`);
    }
  }
}
