/**
 * The memory of one thread: the SHA-1 kernel's own bytes, then the piece slots. Of fixed size,
 * so that views of it stay valid.
 *
 * It is declared shared although only one thread has it: V8 counts any other memory as garbage
 * that may soon be freed, and collects several times while a thread starts.
 */
import { KERNEL_RESERVED_BYTES } from './kernel-layout.js';

const WASM_PAGE_BYTES = 65_536;

/** A memory with at least `slotBytes` bytes behind `KERNEL_RESERVED_BYTES`. */
export function createSlotMemory(slotBytes: number): WebAssembly.Memory {
  const pages = Math.ceil((KERNEL_RESERVED_BYTES + slotBytes) / WASM_PAGE_BYTES);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
