/**
 * The choice of a SHA-1 engine: the only module that knows which engines there are. Owns the
 * hashers of its thread, one of each engine, made on first use.
 */
import { loadSha1Kernel, SHA1_KERNEL_URL } from '../kernel/load-sha1-kernel.js';
import { isWasmMemory, type SlotMemory } from '../memory/slot-memory.js';
import type { ThreadMemory } from '../memory/thread-memory.js';
import type { HasherName } from '../messages/thread.js';
import { LaneHasher } from './lane-hasher.js';
import { NativeHasher } from './native-hasher.js';
import type { PieceHasher } from './piece-hasher.js';

const pieceHashers = new Map<HasherName, Promise<PieceHasher>>();

/** The thread's one hasher of an engine. */
export function usePieceHasher(name: HasherName, { memory }: ThreadMemory): Promise<PieceHasher> {
  let hasher = pieceHashers.get(name);
  if (!hasher) {
    hasher = createPieceHasher(name, memory);
    pieceHashers.set(name, hasher);
  }
  return hasher;
}

/**
 * The hasher for one thread and its memory. `wasm` is our kernel, or hash-wasm on a machine
 * that cannot run it or in an installation that lacks it; `native` where there is no room for
 * WebAssembly.
 */
export async function createPieceHasher(
  engine: HasherName,
  memory: SlotMemory,
  kernelUrl: URL = SHA1_KERNEL_URL,
): Promise<PieceHasher> {
  if (!isWasmMemory(memory)) return new NativeHasher(memory);
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
