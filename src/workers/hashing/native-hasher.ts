/**
 * SHA-1 by node:crypto, in place, one input at a time: for comparison, and for machines whose
 * OpenSSL uses SHA instructions of the processor.
 */
import { createHash } from 'node:crypto';
import { SHA1_BYTES } from '../../net/description.js';
import type { SlotMemory } from '../memory/slot-memory.js';
import { assertHashInputs, type HashInput, type PieceHasher } from './piece-hasher.js';

/** The `native` engine. */
export class NativeHasher implements PieceHasher {
  readonly name = 'native';
  readonly batch = 1;
  readonly #bytes: Uint8Array;

  constructor(memory: SlotMemory) {
    this.#bytes = new Uint8Array(memory.buffer);
  }

  sha1(inputs: readonly HashInput[], digests: Uint8Array): void {
    assertHashInputs(inputs, digests, this.#bytes.length);
    inputs.forEach(({ at, length }, index) => {
      const piece = this.#bytes.subarray(at, at + length);
      digests.set(createHash('sha1').update(piece).digest(), index * SHA1_BYTES);
    });
  }
}
