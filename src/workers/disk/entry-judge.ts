/** What lies at the destination of a folder where its entries belong: nothing, the same, or something else. */
import { constants, lstatSync, openSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { pathAt } from '../../net/folder-paths.js';
import { MiB } from '../../net/limits.js';
import { ENTRY_OUTCOMES, type UnpackTask } from '../messages/unpacking.js';
import { PLACES } from '../messages/content.js';
import { closeQuietly } from './close-quietly.js';
import { ContentFile } from './content-file.js';
import type { EntryBytes } from './entry-bytes.js';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const COMPARED_BYTES = 1 * MiB;

type Judged = Pick<UnpackTask, 'content' | 'facts' | 'isCompleting'>;

export class EntryJudge {
  readonly #task: Judged;
  readonly #bytes: EntryBytes;
  /** Made when the first file is compared. */
  #others: Buffer | undefined;

  constructor(task: Judged, bytes: EntryBytes) {
    this.#task = task;
    this.#bytes = bytes;
  }

  /** One of `ENTRY_OUTCOMES`, if the entry is made wherever it is not the same. @throws StorageError */
  outcomeOf(entry: number): number {
    const { content, facts, isCompleting } = this.#task;
    if (facts.isLeftOut[entry] === 1) return ENTRY_OUTCOMES.leftOut;
    if (!isCompleting) return ENTRY_OUTCOMES.made;
    if (content.placed?.places[entry] === PLACES.whole) return ENTRY_OUTCOMES.same;
    const path = join(content.destination, pathAt(content.paths, entry));
    try {
      const there = lstatSync(path, { throwIfNoEntry: false });
      if (!there) return ENTRY_OUTCOMES.made;
      return this.#isSame(entry, path, there) ? ENTRY_OUTCOMES.same : ENTRY_OUTCOMES.differs;
    } catch (cause) {
      throw toStorageError(cause, `cannot look at ${path}`, 'read');
    }
  }

  #isSame(entry: number, path: string, there: Stats): boolean {
    const { facts } = this.#task;
    if (facts.isFolder[entry] === 1) return there.isDirectory();
    if (!there.isFile() || there.size !== facts.sizes[entry]) return false;
    return !this.#bytes.isLarge(entry) && this.#hasSameBytes(entry, path);
  }

  #hasSameBytes(entry: number, path: string): boolean {
    const others = (this.#others ??= Buffer.allocUnsafe(COMPARED_BYTES));
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const file = new ContentFile(fd);
      return this.#bytes.each(entry, (bytes, at) => {
        file.read(at, others, 0, bytes.length);
        return bytes.equals(others.subarray(0, bytes.length));
      });
    } finally {
      closeQuietly(fd);
    }
  }
}
