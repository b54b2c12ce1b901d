/**
 * Hashes a run of pieces of a local file or folder, in batches as wide as the engine likes: for sharing
 * a file, and for checking what an interrupted download left. Owns its slots while it runs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledError } from '../../net/errors.js';
import { SHA1_BYTES } from '../../net/description.js';
import { pieceLengthAt, pieceOffset, type PieceLayout } from '../../net/piece-layout.js';
import type { Content } from '../disk/content.js';
import { openContent } from '../disk/open-content.js';
import type { HashTask, HashToMain, MainToHash } from '../messages/hashing.js';
import type { Slot } from '../memory/piece-slots.js';
import { useThreadMemory, type ThreadMemory } from '../memory/thread-memory.js';
import { usePieceHasher } from './create-piece-hasher.js';
import type { PieceHasher } from './piece-hasher.js';

/**
 * Writes the SHA-1 of each piece of the task into its shared digests.
 * @throws StorageError FILE_CHANGED when the file is shorter than its size, or what the disk says
 * @throws CancelledError when main said `close`
 */
export async function hashPieces(task: HashTask): Promise<void> {
  let isCancelled = false;
  task.port.on('message', (message: MainToHash) => {
    isCancelled ||= message.type === 'close';
  });
  const thread = useThreadMemory(task.slotMemoryBytes);
  const hasher = await usePieceHasher(task.hasher, thread);
  const content = openContent(task.content);
  try {
    await hashAll(task, content, hasher, thread, () => isCancelled);
  } finally {
    content.close();
  }
}

async function hashAll(
  task: HashTask,
  content: Content,
  hasher: PieceHasher,
  thread: ThreadMemory,
  isCancelled: () => boolean,
): Promise<void> {
  const digests = new Uint8Array(task.digests);
  const end = task.firstPiece + task.pieceCount;
  let next = task.firstPiece;
  while (next < end) {
    if (isCancelled()) throw new CancelledError('hashing was cancelled');
    const batch = await readBatch(
      content,
      task.layout,
      thread,
      next,
      Math.min(end, next + hasher.batch),
    );
    try {
      const at = next * SHA1_BYTES;
      hasher.sha1(batch, digests.subarray(at, at + batch.length * SHA1_BYTES));
    } finally {
      for (const slot of batch) thread.slots.release(slot);
    }
    next += batch.length;
    task.port.postMessage({ type: 'hashed', pieces: batch.length } satisfies HashToMain);
    await nextTurn();
  }
}

/** Reads pieces `first` to `end - 1` into slots, fewer when memory is short, at least one. */
async function readBatch(
  content: Content,
  layout: PieceLayout,
  thread: ThreadMemory,
  first: number,
  end: number,
): Promise<Slot[]> {
  const batch: Slot[] = [];
  try {
    while (first + batch.length < end) {
      const piece = first + batch.length;
      const slot = thread.slots.acquire(pieceLengthAt(layout, piece));
      if (slot) {
        batch.push(slot);
        content.read(pieceOffset(layout, piece), thread.bytes, slot.at, slot.length);
      } else if (batch.length > 0) {
        break;
      } else {
        await new Promise<void>((resolve) => thread.slots.whenFree(resolve));
      }
    }
    return batch;
  } catch (error) {
    for (const slot of batch) thread.slots.release(slot);
    throw error;
  }
}
