/**
 * The checks that every SHA-1 engine makes of its inputs. A wrong address would otherwise
 * give a wrong digest without a word, and cost an innocent peer its reputation.
 */
import { bug } from '../../net/errors.js';
import { KERNEL_RESERVED_BYTES } from '../memory/kernel-layout.js';
import type { HashInput } from './piece-hasher.js';

/** Bytes of a SHA-1 digest. */
export const DIGEST_LENGTH = 20;

/** Throws when an input does not lie in the slots, or `digests` is too short for all of them. */
export function assertHashInputs(
  inputs: readonly HashInput[],
  digests: Uint8Array,
  memoryLength: number,
): void {
  if (digests.length < inputs.length * DIGEST_LENGTH) {
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
