/**
 * The folder of a home for content that passes through a pipe: what standard input brought and is shared since, and
 * what grows while it goes to standard output. Owns the names in it, which say what is unfinished:
 *
 *   `ID.MAKER.taking`     standard input is being read into it
 *   `ID`                  all of it; whoever shares it has to name it from here on
 *   `ID.MAKER`            what was downloaded for standard output, all of it
 *   `ID.MAKER.guest`      a file or folder that was fetched for guests (main/gateway), all of it
 *   `….HEX.part`          what is downloaded for one of these
 *   `….repair.part`       of a repair, which removes it itself
 *
 * What is whole is never found to be superfluous by looking: it may be the only copy, and a library that does not
 * name it may be an older one.
 */
import { randomUUID } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { INPUT_LEFT_AGE_MS } from '../../net/limits.js';
import { makeFolder } from '../../net/make-folder.js';
import { requireFreeSpace } from '../disk/destination.js';
import { removePart } from '../disk/remove-part.js';
import { makerState, ownMark, PROCESS_MARK, type MakerState } from './process-mark.js';

/** Where standard input is read into, and the name that it gets when all of it is there. */
export interface InputPlace {
  readonly taking: string;
  readonly path: string;
}

const TAKING = '.taking';
const GUEST = '.guest';
/** The id of an input that is being read, and the mark of its reader. */
const INPUT = new RegExp(
  `^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.${PROCESS_MARK.source}\\${TAKING}$`,
);
/** The id of what was fetched for guests, and the mark of whoever fetched it. */
const GUEST_COPY = new RegExp(
  `^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.${PROCESS_MARK.source}\\${GUEST}$`,
);
/** Of a download: that of a repair has a word in place of the number. */
const PART = /\.[0-9a-f]{8}\.part$/;

export class Spool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether a file is in it, whoever made it. */
  has(path: string): boolean {
    return dirname(path) === this.#folder;
  }

  /** Whether this very process has made the name of something in it. */
  async isOwn(path: string): Promise<boolean> {
    return this.has(path) && markIn(path) === (await ownMark());
  }

  /** Whether a file is in it that no process is known to be making or writing to its standard output. */
  async isLeft(path: string): Promise<boolean> {
    return this.has(path) && (await stateOfMaker(path)) !== 'runs';
  }

  /** The path of a download to standard output that is not there yet. @throws StorageError */
  async newPath(): Promise<string> {
    await this.#make();
    return join(this.#folder, `${randomUUID()}.${await ownMark()}`);
  }

  /** The path of something that is fetched for guests, and not there yet. @throws StorageError */
  async newGuestPath(): Promise<string> {
    return `${await this.newPath()}${GUEST}`;
  }

  /** What is, or was, fetched for guests. */
  isForGuests(path: string): boolean {
    return this.has(path) && path.endsWith(GUEST);
  }

  /** Has a name that only what is fetched for guests gets. */
  isGuestCopy(path: string): boolean {
    return this.has(path) && GUEST_COPY.test(basename(path));
  }

  /** What matches the paths of that, as the library's language has it (GLOB). */
  get guestPattern(): string {
    return `${this.#folder.replace(/[*?[]/g, '[$&]')}/*${GUEST}`;
  }

  /** The place of an input that is not there yet. @throws StorageError */
  async newInput(): Promise<InputPlace> {
    await this.#make();
    const path = join(this.#folder, randomUUID());
    return { taking: `${path}.${await ownMark()}${TAKING}`, path };
  }

  /** @throws StorageError DISK_FULL when so many bytes do not fit on its disk */
  async requireRoom(bytes: number): Promise<void> {
    await this.#make();
    await requireFreeSpace(this.#folder, bytes);
  }

  /** The name that an input gets when it is whole; undefined of what is no input that is being read. */
  wholePathOf(taking: string): string | undefined {
    const [, id] = INPUT.exec(basename(taking)) ?? [];
    return id !== undefined && this.has(taking) ? join(this.#folder, id) : undefined;
  }

  /** Everything that is in it. */
  async paths(): Promise<string[]> {
    // Most homes have none, and one that cannot be read has nothing to remove.
    const names = await readdir(this.#folder).catch(() => []);
    return names.map((name) => join(this.#folder, name));
  }

  /** An unfinished download; once the library does not name it nobody goes on with it. */
  isPart(path: string): boolean {
    return this.has(path) && PART.test(basename(path));
  }

  /** Removes the inputs that were not read to their end, and will not be. */
  async sweepInputs(): Promise<void> {
    for (const path of await this.paths()) {
      if (path.endsWith(TAKING) && (await isGivenUp(path))) await this.remove(path);
    }
  }

  /** Removes a file, or what was fetched for guests, unless something else has its name. One that cannot be removed stays. */
  async remove(path: string): Promise<void> {
    if (this.isGuestCopy(path) && (await isFolder(path))) return removeTree(path);
    await removePart(path).catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
    });
  }

  async #make(): Promise<void> {
    try {
      await makeFolder(this.#folder, 0o700);
    } catch (cause) {
      throw toStorageError(cause, `cannot make the folder ${this.#folder}`, 'create');
    }
  }
}

/** Never a link to one. */
async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Nobody else comes into the spool; a link in the folder is removed, and what it leads to stays. */
async function removeTree(path: string): Promise<void> {
  // What could not be removed goes with the next look.
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

function markIn(path: string): string | undefined {
  return PROCESS_MARK.exec(basename(path).slice(randomUUID().length))?.[0];
}

async function stateOfMaker(path: string): Promise<MakerState> {
  const mark = markIn(path);
  return mark === undefined ? 'unknown' : makerState(mark);
}

/** Who made it has ended; or cannot be seen from here, and has brought nothing for long. */
async function isGivenUp(path: string): Promise<boolean> {
  const state = await stateOfMaker(path);
  if (state !== 'unknown') return state === 'ended';
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > INPUT_LEFT_AGE_MS;
}
