/**
 * Copies pieces from one local content to another, each only if its SHA-1 is right: what is said of the
 * source is believed of nothing. What cannot be read there is not copied. Owns its slots while it runs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SHA1_BYTES } from '../../net/description.js';
import { CancelledError, StorageError } from '../../net/errors.js';
import { pieceLengthAt, pieceOffset } from '../../net/piece-layout.js';
import type { Content } from '../disk/content.js';
import { openContent } from '../disk/open-content.js';
import type { CopyTask, MainToCopy } from '../messages/copying.js';
import type { Slot } from '../memory/piece-slots.js';
import { useThreadMemory, type ThreadMemory } from '../memory/thread-memory.js';
import { usePieceHasher } from './create-piece-hasher.js';
import type { PieceHasher } from './piece-hasher.js';

/** A piece in memory. */
interface Read {
  readonly piece: number;
  readonly slot: Slot;
}

/**
 * Copies the pieces of the task.
 * @throws StorageError what the disk says of writing, CancelledError when main said `close`
 */
export async function copyPieces(task: CopyTask): Promise<void> {
  let isCancelled = false;
  task.port.on('message', (message: MainToCopy) => {
    isCancelled ||= message.type === 'close';
  });
  const thread = useThreadMemory(task.slotMemoryBytes);
  const hasher = await usePieceHasher(task.hasher, thread);
  const [from, to] = [openContent(task.from), openContent(task.to)];
  try {
    for (let next = 0; next < task.pieces.length;) {
      if (isCancelled) throw new CancelledError('the download was cancelled');
      const read: Read[] = [];
      try {
        next = await readBatch(task, from, thread, hasher.batch, next, read);
        if (read.length > 0) writeRight(task, to, thread, hasher, read);
      } finally {
        for (const { slot } of read) thread.slots.release(slot);
      }
      await nextTurn();
    }
  } finally {
    from.close();
    to.close();
  }
}

/** Reads some pieces into slots, at least one unless it cannot be read; answers the next one. */
async function readBatch(
  { pieces, places, layout }: CopyTask,
  from: Content,
  thread: ThreadMemory,
  most: number,
  first: number,
  read: Read[],
): Promise<number> {
  let next = first;
  while (next < pieces.length && read.length < most) {
    const piece = pieces[next]!;
    const slot = thread.slots.acquire(pieceLengthAt(layout, piece));
    if (!slot) {
      if (read.length > 0) break;
      await new Promise<void>((resolve) => thread.slots.whenFree(resolve));
      continue;
    }
    if (canRead(from, places[next]!, thread, slot)) read.push({ piece, slot });
    else thread.slots.release(slot);
    next++;
  }
  return next;
}

function canRead(from: Content, place: number, { bytes }: ThreadMemory, slot: Slot): boolean {
  try {
    from.read(place, bytes, slot.at, slot.length);
    return true;
  } catch (error) {
    // Gone, or changed since: peers have it.
    if (error instanceof StorageError) return false;
    throw error;
  }
}

function writeRight(
  { layout, pieceHashes, copied }: CopyTask,
  to: Content,
  { bytes }: ThreadMemory,
  hasher: PieceHasher,
  read: readonly Read[],
): void {
  const digests = Buffer.alloc(read.length * SHA1_BYTES);
  hasher.sha1(
    read.map(({ slot }) => slot),
    digests,
  );
  const hashes = new Uint8Array(pieceHashes);
  for (const [index, { piece, slot }] of read.entries()) {
    const [at, own] = [piece * SHA1_BYTES, index * SHA1_BYTES];
    if (digests.compare(hashes, at, at + SHA1_BYTES, own, own + SHA1_BYTES) !== 0) continue;
    to.write(pieceOffset(layout, piece), bytes, slot.at, slot.length);
    copied[piece] = 1;
  }
}
