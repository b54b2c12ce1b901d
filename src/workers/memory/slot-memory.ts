/**
 * The memory of one thread: the SHA-1 kernel's own bytes, then the piece slots. Of fixed size,
 * so that views of it stay valid.
 *
 * It is declared shared although only one thread has it: V8 counts any other memory as garbage
 * that may soon be freed, and collects several times while a thread starts.
 *
 * For any such memory V8 sets aside 8 GiB of addresses. Where a limit (`ulimit -v`) leaves too few,
 * plain memory holds the slots, in which only the engines that are not WebAssembly can hash.
 */
import { KERNEL_RESERVED_BYTES } from './kernel-layout.js';

const WASM_PAGE_BYTES = 65_536;

/** Memory outside of WebAssembly, of the same shape. */
export interface PlainMemory {
  readonly buffer: ArrayBufferLike;
}

export type SlotMemory = WebAssembly.Memory | PlainMemory;

/** A memory with at least `slotBytes` bytes behind `KERNEL_RESERVED_BYTES`. */
export function createSlotMemory(slotBytes: number): SlotMemory {
  const pages = Math.ceil((KERNEL_RESERVED_BYTES + slotBytes) / WASM_PAGE_BYTES);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { buffer: new SharedArrayBuffer(pages * WASM_PAGE_BYTES) };
  }
}

/** True for a memory in which the kernel can run. */
export function isWasmMemory(memory: SlotMemory): memory is WebAssembly.Memory {
  return memory instanceof WebAssembly.Memory;
}
