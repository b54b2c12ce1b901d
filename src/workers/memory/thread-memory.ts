/**
 * What one transfer thread owns for its whole life: the piece slots, the hashing of pieces,
 * the send buffers. Made on first use, never given up, never shared with another thread.
 */
import type { HasherName } from '../messages.js';
import {
  createPieceHasher,
  KERNEL_RESERVED_BYTES,
  type PieceHasher,
} from '../hashing/piece-hasher.js';
import { PieceSlots } from './piece-slots.js';
import { PieceWriter } from '../fetching/piece-writer.js';
import { SendBuffers } from '../serving/send-buffers.js';
import { createSlotMemory } from './slot-memory.js';

/** The receiving half of a thread. */
export interface ThreadMemory {
  readonly memory: WebAssembly.Memory;
  /** A byte view of all of `memory`. */
  readonly bytes: Buffer;
  readonly slots: PieceSlots;
}

let threadMemory: ThreadMemory | undefined;
const pieceHashers = new Map<HasherName, Promise<PieceHasher>>();
const pieceWriters = new Map<HasherName, Promise<PieceWriter>>();
let sendBuffers: SendBuffers | undefined;

/** The thread's one memory, cut into piece slots; made at the first call. */
export function useThreadMemory(slotMemoryBytes: number): ThreadMemory {
  if (!threadMemory) {
    const memory = createSlotMemory(slotMemoryBytes);
    const slots = new PieceSlots(memory, KERNEL_RESERVED_BYTES);
    threadMemory = { memory, bytes: Buffer.from(memory.buffer), slots };
  }
  return threadMemory;
}

/** The thread's one hasher of an engine. */
export function usePieceHasher(name: HasherName, { memory }: ThreadMemory): Promise<PieceHasher> {
  let hasher = pieceHashers.get(name);
  if (!hasher) {
    hasher = createPieceHasher(name, memory);
    pieceHashers.set(name, hasher);
  }
  return hasher;
}

/** The thread's one writer of pieces for an engine. */
export function usePieceWriter(name: HasherName, thread: ThreadMemory): Promise<PieceWriter> {
  let writer = pieceWriters.get(name);
  if (!writer) {
    const { bytes, slots } = thread;
    writer = usePieceHasher(name, thread).then((hasher) => new PieceWriter(hasher, bytes, slots));
    pieceWriters.set(name, writer);
  }
  return writer;
}

/** The thread's buffers for blocks on their way out. */
export function useSendBuffers(): SendBuffers {
  sendBuffers ??= new SendBuffers();
  return sendBuffers;
}
