/**
 * Writes to a file past the page cache (O_DIRECT), where the platform, the file system and the place of the bytes allow
 * that. Such a write costs hardly any time of a processor, and waits for the disk in a thread of libuv. Owns a
 * descriptor of its own from the first one until it is closed and none is under way; the file's own one stays as it
 * is, and what is written by the two is the same file.
 *
 *   unopened → open → unopened (closed) …; each of them → refused (the file system does not take it)
 */
import { constants, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { toStorageError } from '../../net/errors.js';
import { isWrittenDirectly, type DirectWriting } from '../../net/direct-writing.js';
import { DIRECT_BLOCK_BYTES } from '../../net/limits.js';
import { closeQuietly } from './close-quietly.js';
import type { DirectWrites } from './content.js';

/** Only Linux has it. */
const { O_WRONLY, O_DIRECT } = constants as Partial<typeof constants>;

/** What a file system says that does not take such a write, or not of these blocks. */
const REFUSALS = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS']);

/** A descriptor, and what goes on with it. */
interface Opened {
  readonly at: 'open';
  readonly fd: number;
  underWay: number;
  /** It is closed once nothing is under way. */
  isLeft: boolean;
}

type State = { readonly at: 'unopened' } | Opened | { readonly at: 'refused' };

const UNOPENED: State = { at: 'unopened' };
const REFUSED: State = { at: 'refused' };

export class DirectFile implements DirectWrites {
  readonly most: number;
  readonly #fileFd: number;
  readonly #cell: SharedArrayBuffer;
  #state: State = O_DIRECT === undefined ? REFUSED : UNOPENED;

  /** Of a file that is open for writing as long as it is written here. */
  constructor(fileFd: number, { cell, mostWrites }: DirectWriting) {
    this.#fileFd = fileFd;
    this.#cell = cell;
    this.most = mostWrites;
  }

  write(at: number, bytes: Buffer, from: number, length: number): Promise<boolean> | undefined {
    const places = [at, bytes.byteOffset + from, length];
    const isWhole = places.every((place) => place % DIRECT_BLOCK_BYTES === 0);
    if (!isWhole || !isWrittenDirectly(this.#cell)) return undefined;
    const opened = this.#open();
    return opened && this.#write(opened, at, bytes.subarray(from, from + length));
  }

  /** What is under way goes on to its end. Idempotent; a write opens it again. */
  close(): void {
    if (this.#state.at !== 'open') return;
    this.#state.isLeft = true;
    closeWhenIdle(this.#state);
    this.#state = UNOPENED;
  }

  async #write(opened: Opened, at: number, bytes: Buffer): Promise<boolean> {
    opened.underWay++;
    try {
      const { bytesWritten } = await promisify(write)(opened.fd, bytes, 0, bytes.length, at);
      return bytesWritten === bytes.length;
    } catch (cause) {
      if (!REFUSALS.has((cause as NodeJS.ErrnoException).code ?? ''))
        throw toStorageError(cause, 'cannot write the file');
      this.close();
      this.#state = REFUSED;
      return false;
    } finally {
      opened.underWay--;
      closeWhenIdle(opened);
    }
  }

  #open(): Opened | undefined {
    if (this.#state.at === 'unopened') {
      try {
        const fd = openSync(`/proc/self/fd/${this.#fileFd}`, O_WRONLY! | O_DIRECT!);
        this.#state = { at: 'open', fd, underWay: 0, isLeft: false };
      } catch {
        // No /proc, a mode that has changed, a file system without it, no descriptor left: the file's own is there.
        this.#state = REFUSED;
      }
    }
    return this.#state.at === 'open' ? this.#state : undefined;
  }
}

function closeWhenIdle({ fd, underWay, isLeft }: Opened): void {
  if (isLeft && underWay === 0) closeQuietly(fd);
}
