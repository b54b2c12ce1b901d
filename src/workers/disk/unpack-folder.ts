/**
 * Makes the files of a downloaded folder: those of the pack are cut out of it, all get their times and
 * the right to be executed. What lies at the destination already is compared, and left alone. So many
 * files at a time, between which the sockets of the thread go on.
 */
import { closeSync, constants, fchmodSync, fstatSync, fsync, futimesSync } from 'node:fs';
import { lstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { atATime } from '../../net/at-a-time.js';
import { CancelledError, toStorageError } from '../../net/errors.js';
import { pathAt } from '../../net/folder-paths.js';
import { FILES_MADE_AT_A_TIME, MAX_SYNCS_AT_A_TIME, MiB } from '../../net/limits.js';
import {
  ENTRY_OUTCOMES,
  PLACES,
  type MainToUnpack,
  type UnpackTask,
  type UnpackToMain,
} from '../messages.js';
import { ContentFile } from './content-file.js';
import type { Content } from './content.js';
import { openContent } from './open-content.js';

const { O_RDONLY, O_RDWR, O_CREAT, O_TRUNC, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const COPY_BYTES = 1 * MiB;
/** Half a microsecond more, so that what Node makes of a whole millisecond is not the one before. */
const TIME_ROUNDING_S = 5e-7;

const syncFile = promisify(fsync);

/**
 * Makes the entries of the task.
 * @throws StorageError, CancelledError when main said `close`
 */
export async function unpackFolder(task: UnpackTask): Promise<void> {
  let isCancelled = false;
  task.port.on('message', (message: MainToUnpack) => {
    isCancelled ||= message.type === 'close';
  });
  const unpacking = new Unpacking(task);
  const end = task.firstEntry + task.entryCount;
  try {
    for (let first = task.firstEntry; first < end; first += FILES_MADE_AT_A_TIME) {
      if (isCancelled) throw new CancelledError('the download was cancelled');
      const last = Math.min(end, first + FILES_MADE_AT_A_TIME);
      await unpacking.makeEntries(first, last);
      task.port.postMessage({ type: 'made', entries: last - first } satisfies UnpackToMain);
      await nextTurn();
    }
  } finally {
    unpacking.close();
  }
}

class Unpacking {
  readonly #task: UnpackTask;
  readonly #content: Content;
  readonly #bytes = Buffer.allocUnsafe(COPY_BYTES);
  readonly #others = Buffer.allocUnsafe(COPY_BYTES);
  /** Made last, and all above it. */
  #folder = '';

  constructor(task: UnpackTask) {
    this.#task = task;
    this.#content = openContent(task.content);
  }

  close(): void {
    this.#content.close();
  }

  /** Entries `first` to `end - 1`; what is made is on the disk then, if it is to be. */
  async makeEntries(first: number, end: number): Promise<void> {
    const made: number[] = [];
    try {
      for (let entry = first; entry < end; entry++) {
        const outcome = this.#outcomeOf(entry);
        const isMade = outcome === ENTRY_OUTCOMES.made || outcome === ENTRY_OUTCOMES.differs;
        if (isMade) this.#make(entry, made);
        this.#task.outcomes[entry] = outcome;
      }
      if (this.#task.isSynced) await atATime(MAX_SYNCS_AT_A_TIME, made, (fd) => syncFile(fd));
    } catch (cause) {
      throw toStorageError(cause, `cannot make the files of ${this.#task.content.destination}`);
    } finally {
      for (const fd of made) closeSync(fd);
    }
  }

  #outcomeOf(entry: number): number {
    const { content, facts, isCompleting } = this.#task;
    if (facts.isLeftOut[entry] === 1) return ENTRY_OUTCOMES.leftOut;
    if (!isCompleting) return ENTRY_OUTCOMES.made;
    if (content.placed?.places[entry] === PLACES.whole) return ENTRY_OUTCOMES.same;
    const path = join(content.destination, pathAt(content.paths, entry));
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (!there) return ENTRY_OUTCOMES.made;
    return this.#isSame(entry, path, there) ? ENTRY_OUTCOMES.same : ENTRY_OUTCOMES.differs;
  }

  #isSame(entry: number, path: string, there: Stats): boolean {
    const { facts } = this.#task;
    if (facts.isFolder[entry] === 1) return there.isDirectory();
    if (!there.isFile() || there.size !== facts.sizes[entry]) return false;
    return !this.#isLarge(entry) && this.#hasSameBytes(entry, path);
  }

  #hasSameBytes(entry: number, path: string): boolean {
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const file = new ContentFile(fd);
      return this.#eachPart(entry, (bytes, at) => {
        const others = this.#others.subarray(0, bytes.length);
        file.read(at, others, 0, bytes.length);
        return others.equals(bytes);
      });
    } finally {
      closeSync(fd);
    }
  }

  #make(entry: number, made: number[]): void {
    const { content, facts } = this.#task;
    const path = join(content.tree, pathAt(content.paths, entry));
    if (facts.isFolder[entry] === 1) {
      this.#makeFolder(path);
      return;
    }
    this.#makeFolder(dirname(path));
    // It grew there, and is whole.
    const isThere = this.#isLarge(entry);
    const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | (isThere ? 0 : O_TRUNC), 0o666);
    made.push(fd);
    const file = new ContentFile(fd);
    if (!isThere) {
      this.#eachPart(entry, (bytes, at) => {
        file.write(at, bytes, 0, bytes.length);
        return true;
      });
    }
    if (facts.isExecutable[entry] === 1) makeExecutable(fd);
    const seconds = facts.mtimesMs[entry]! / 1_000 + TIME_ROUNDING_S;
    futimesSync(fd, seconds, seconds);
  }

  #makeFolder(path: string): void {
    if (path === this.#folder) return;
    mkdirSync(path, { recursive: true });
    this.#folder = path;
  }

  #isLarge(entry: number): boolean {
    const { facts, content } = this.#task;
    return facts.sizes[entry]! >= content.layout.pieces.pieceLength;
  }

  /** Shows the bytes of a file, part by part, as long as `show` answers true; answers the same. */
  #eachPart(entry: number, show: (bytes: Buffer, at: number) => boolean): boolean {
    const { sizes, starts } = this.#task.facts;
    const size = sizes[entry]!;
    for (let at = 0; at < size; at += COPY_BYTES) {
      const bytes = this.#bytes.subarray(0, Math.min(COPY_BYTES, size - at));
      this.#content.read(starts[entry]! + at, bytes, 0, bytes.length);
      if (!show(bytes, at)) return false;
    }
    return true;
  }
}

/** Whoever may read it may execute it. */
function makeExecutable(fd: number): void {
  const { mode } = fstatSync(fd);
  fchmodSync(fd, (mode & 0o777) | ((mode & 0o444) >> 2));
}
