/**
 * The seam between transfers and SHA-1 engines, to be able to swap and to measure.
 * The only module that knows which engines there are; owns nothing but the choice.
 * The memory is of fixed size, as a thread's slot memory is: engines keep views of it.
 */
import type { HasherName } from '../messages.js';
import { LaneHasher } from './lane-hasher.js';
import { NativeHasher } from './native-hasher.js';
import { loadSha1Kernel, SHA1_KERNEL_URL } from '../kernel/load-sha1-kernel.js';

export { KERNEL_RESERVED_BYTES } from '../memory/kernel-layout.js';

/** One piece that lies in a thread's slot memory. */
export interface HashInput {
  /** Byte offset in the memory handed to `createPieceHasher`, from `KERNEL_RESERVED_BYTES` on. */
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
  /** SHA-1 of each input, 20 bytes each, in order, into `digests`. */
  sha1(inputs: readonly HashInput[], digests: Uint8Array): void;
}

/**
 * The hasher for one thread and its memory. `wasm` is our kernel, or hash-wasm on a machine
 * that cannot run it or in an installation that lacks it.
 */
export async function createPieceHasher(
  engine: HasherName,
  memory: WebAssembly.Memory,
  kernelUrl: URL = SHA1_KERNEL_URL,
): Promise<PieceHasher> {
  switch (engine) {
    case 'native':
      return new NativeHasher(memory);
    case 'hash-wasm':
      return createHashWasmHasher(memory);
    case 'wasm': {
      const loaded = await loadSha1Kernel(memory, kernelUrl);
      if (loaded.ok) return new LaneHasher(memory, loaded.kernel);
      return createHashWasmHasher(memory, loaded.reason);
    }
  }
}

/** Loaded only when it is used: the package is large, and every thread would pay for it. */
async function createHashWasmHasher(
  memory: WebAssembly.Memory,
  fallbackReason?: string,
): Promise<PieceHasher> {
  const { HashWasmHasher } = await import('./hash-wasm-hasher.js');
  return HashWasmHasher.create(memory, fallbackReason);
}
