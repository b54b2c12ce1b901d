/**
 * The memory of one transfer thread, cut into piece slots. Made on first use, never given up,
 * never shared with another thread; what is done in it is its users' business.
 */
import { KERNEL_RESERVED_BYTES } from './kernel-layout.js';
import { PieceSlots } from './piece-slots.js';
import { createSlotMemory, type SlotMemory } from './slot-memory.js';

/** The memory in which a thread puts pieces together and hashes them. */
export interface ThreadMemory {
  readonly memory: SlotMemory;
  /** A byte view of all of `memory`. */
  readonly bytes: Buffer;
  readonly slots: PieceSlots;
}

let threadMemory: ThreadMemory | undefined;

/** The thread's one memory, cut into piece slots; made at the first call. */
export function useThreadMemory(slotMemoryBytes: number): ThreadMemory {
  if (!threadMemory) {
    const memory = createSlotMemory(slotMemoryBytes);
    const slots = new PieceSlots(memory, KERNEL_RESERVED_BYTES);
    threadMemory = { memory, bytes: Buffer.from(memory.buffer), slots };
  }
  return threadMemory;
}
