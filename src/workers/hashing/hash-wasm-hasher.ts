/**
 * SHA-1 by hash-wasm, which copies the bytes into a memory of its own: the reference for the
 * other engines, and what `wasm` falls back to. The only importer of hash-wasm in a thread.
 */
import { createSHA1, type IHasher } from 'hash-wasm';
import { SHA1_BYTES } from '../../net/description.js';
import { assertHashInputs, type HashInput, type PieceHasher } from './piece-hasher.js';

/** The `hash-wasm` engine. */
export class HashWasmHasher implements PieceHasher {
  readonly name = 'hash-wasm';
  readonly batch = 1;
  readonly fallbackReason?: string;
  readonly #bytes: Uint8Array;
  readonly #sha1: IHasher;

  private constructor(memory: WebAssembly.Memory, sha1: IHasher, fallbackReason?: string) {
    this.#bytes = new Uint8Array(memory.buffer);
    this.#sha1 = sha1;
    if (fallbackReason !== undefined) this.fallbackReason = fallbackReason;
  }

  /** `fallbackReason` says why this engine stands in for another. */
  static async create(
    memory: WebAssembly.Memory,
    fallbackReason?: string,
  ): Promise<HashWasmHasher> {
    return new HashWasmHasher(memory, await createSHA1(), fallbackReason);
  }

  sha1(inputs: readonly HashInput[], digests: Uint8Array): void {
    assertHashInputs(inputs, digests, this.#bytes.length);
    inputs.forEach(({ at, length }, index) => {
      this.#sha1.init().update(this.#bytes.subarray(at, at + length));
      digests.set(this.#sha1.digest('binary'), index * SHA1_BYTES);
    });
  }
}
