/**
 * The bytes of an archive, or a part of them, as they are sent: what is ours and what is in files goes into two
 * buffers by turns, files without a copy on the way. Owns nothing but these buffers and the file that is just read.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { bug } from '../../../net/errors.js';
import { ARCHIVE_TURN_PARTS, GUEST_BUFFER_BYTES } from '../../../net/limits.js';
import type { Span } from '../../disk/span.js';
import type { ArchivedFolder, ArchiveForm, ArchivePart } from './archive-form.js';

/** Where the bytes of a folder's files come from. */
export interface FolderBytes {
  /** Opens the file of an entry; the one before is closed. @throws StorageError */
  open(entry: number): Promise<OpenedEntry>;
}

export interface OpenedEntry {
  /** Whether something is there from this place on, so that a read does not wait for it. */
  isThere(at: number): boolean;
  /**
   * Reads what is there from a place in the file on, never nothing; waits until there is something. Nothing of it is
   * anything else than what the folder's description tells of. @throws StorageError
   */
  read(into: Buffer, at: number): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface Archive {
  readonly form: ArchiveForm;
  readonly folder: ArchivedFolder;
}

/** How long it is. */
export async function archiveLength({ form, folder }: Archive): Promise<number> {
  let length = 0;
  const pause = pauses();
  const parts = form.parts(folder);
  for (let next = parts.next(0); next.done !== true; next = parts.next(0)) {
    length += lengthOf(next.value);
    await pause();
  }
  return length;
}

/** What came before the last buffer is free again. A form with checksums is written from its beginning. @throws P2pError */
export async function* archiveBytes(
  { form, folder }: Archive,
  source: FolderBytes,
  { first, end }: Span,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (form.hasChecksums && first > 0) bug(`a ${form.name} file is begun in the middle`);
  const filling = new Filling();
  const pause = pauses();
  const parts = form.parts(folder);
  const progress = { hasChecksums: form.hasChecksums, checksum: 0, hasContent: false };
  let at = 0;
  for (let next = parts.next(0); next.done !== true; next = parts.next(progress.checksum)) {
    const part = next.value;
    const length = lengthOf(part);
    const meant = { first: Math.max(0, first - at), end: Math.min(length, end - at) };
    progress.checksum = 0;
    if (meant.first < meant.end) {
      if (part.kind === 'bytes') yield* filling.put(part.bytes.subarray(meant.first, meant.end));
      else yield* fileBytes(await source.open(part.entry), meant, filling, progress);
    }
    at += length;
    if (at >= end) break;
    await pause();
    // On the way to a place far behind nothing is sent, so that nothing else tells that the guest has gone.
    signal?.throwIfAborted();
  }
  yield* filling.rest();
}

/** What was written so far. */
interface Progress {
  readonly hasChecksums: boolean;
  /** Of the file that was written last. */
  checksum: number;
  hasContent: boolean;
}

async function* fileBytes(
  opened: OpenedEntry,
  { first, end }: Span,
  filling: Filling,
  progress: Progress,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (let at = first; at < end;) {
      // A guest gets what there is while the next is to come; for headers alone nobody comes.
      if (progress.hasContent && !opened.isThere(at)) yield* filling.rest();
      const room = filling.room.subarray(0, end - at);
      const count = await opened.read(room, at);
      if (progress.hasChecksums) {
        progress.checksum = crc32(room.subarray(0, count), progress.checksum);
      }
      progress.hasContent = true;
      at += count;
      yield* filling.grow(count);
    }
  } finally {
    await opened.close();
  }
}

function lengthOf(part: ArchivePart): number {
  return part.kind === 'bytes' ? part.bytes.length : part.size;
}

/** Lets others have their turn now and then: of small entries a folder has a hundred thousand. */
function pauses(): () => Promise<void> | undefined {
  let count = 0;
  return () => (++count % ARCHIVE_TURN_PARTS === 0 ? nextTurn() : undefined);
}

/** Two buffers, of which one is filled while the other is on its way. */
class Filling {
  #buffers = [0, 1].map(() => Buffer.allocUnsafe(GUEST_BUFFER_BYTES)) as [Buffer, Buffer];
  #length = 0;

  /** Where the next bytes go; never nothing. */
  get room(): Buffer {
    return this.#buffers[0].subarray(this.#length);
  }

  /** So many bytes have come into the room; gives the buffer when it is full. */
  *grow(count: number): Generator<Buffer, void> {
    this.#length += count;
    if (this.#length === this.#buffers[0].length) yield this.#take();
  }

  *put(bytes: Buffer): Generator<Buffer, void> {
    for (let done = 0; done < bytes.length;) {
      const count = bytes.copy(this.room, 0, done);
      done += count;
      yield* this.grow(count);
    }
  }

  /** What is there of the last one. */
  *rest(): Generator<Buffer, void> {
    if (this.#length > 0) yield this.#take();
  }

  #take(): Buffer {
    const full = this.#buffers[0].subarray(0, this.#length);
    this.#buffers = [this.#buffers[1], this.#buffers[0]];
    this.#length = 0;
    return full;
  }
}
