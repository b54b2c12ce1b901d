/**
 * Loads the SHA-1 kernel over a thread's slot memory. Says why when it cannot be had: the
 * machine lacks WebAssembly SIMD, or the build lacks the file. Anything else is a bug and
 * is thrown.
 */
import { readFile } from 'node:fs/promises';
import { leaveToWaiters } from '../../net/deferred.js';
import { isSystemError, systemFaultOf } from '../../net/system-errors.js';
import { createSlotMemory, isWasmMemory } from '../memory/slot-memory.js';

/** The kernel that `npm run build` puts beside this file. */
export const SHA1_KERNEL_URL = new URL('./sha1.wasm', import.meta.url);

/** The functions that sha1-wat.ts writes. `blocks` is at least 1. */
export interface Sha1Kernel {
  compress4(at0: number, at1: number, at2: number, at3: number, blocks: number): void;
  compress1(lane: number, at: number, blocks: number): void;
}

/** The kernel, or why there is none. */
export type LoadedKernel =
  | { readonly ok: true; readonly kernel: Sha1Kernel }
  | { readonly ok: false; readonly reason: string };

/** Calls, and blocks in each, that make V8 recompile a function for speed; 1 to 10 ms in all. */
const WARM_UP_CALLS = 64;
const WARM_UP_BLOCKS = 8;

let prepared: Promise<WebAssembly.Module> | undefined;

/** Compiles our own kernel ahead of its use, so that nobody waits for it then. */
export function prepareSha1Kernel(): void {
  prepared ??= compile(SHA1_KERNEL_URL);
  // Whoever loads the kernel hears why it cannot be had.
  leaveToWaiters(prepared);
}

/** Loads the kernel from `url` and binds it to a slot memory. */
export async function loadSha1Kernel(memory: WebAssembly.Memory, url: URL): Promise<LoadedKernel> {
  try {
    const module = await (url === SHA1_KERNEL_URL && prepared ? prepared : compile(url));
    return { ok: true, kernel: await bind(module, memory) };
  } catch (error) {
    if (isMissingFile(error)) {
      return { ok: false, reason: 'the SHA-1 kernel was not built; npm run build makes it' };
    }
    if (isSystemError(error)) {
      const { advice } = systemFaultOf(error, 'read');
      return { ok: false, reason: `the SHA-1 kernel cannot be loaded: ${advice}` };
    }
    if (error instanceof WebAssembly.CompileError) {
      return { ok: false, reason: `this machine cannot run the SHA-1 kernel (${error.message})` };
    }
    throw error;
  }
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(await readFile(url));
  const memory = createSlotMemory(0);
  if (isWasmMemory(memory)) warmUp(await bind(module, memory));
  return module;
}

async function bind(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Sha1Kernel> {
  const instance = await WebAssembly.instantiate(module, { slots: { memory } });
  return instance.exports as unknown as Sha1Kernel;
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * V8 starts with quick, slow code and replaces it between two calls, never within one. Many
 * short calls now have the fast code ready before the first piece has arrived.
 */
function warmUp(kernel: Sha1Kernel): void {
  for (let call = 0; call < WARM_UP_CALLS; call++) {
    kernel.compress4(0, 0, 0, 0, WARM_UP_BLOCKS);
    kernel.compress1(0, 0, WARM_UP_BLOCKS);
  }
}
