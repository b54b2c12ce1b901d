/**
 * How many files the sessions of one user may have open here at a time, and what becomes of an OPEN
 * when there are no descriptors left: the peer is refused and may try again, and nothing is taken
 * for broken.
 */
import { PeerError, StorageError } from '../../net/errors.js';
import { faultOf } from '../../net/fault.js';
import { MAX_OPEN_FILES_PER_USER } from '../../net/limits.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { OfferedContent } from './offers.js';

/** An opened file that was handed to a session. */
export interface ServedFile {
  readonly content: ContentSource;
  /** Others may write to it: it is to be looked at again. */
  readonly isWatched: boolean;
  /** For a look at it, which is ours and not the user's. */
  retain(): OfferedContent;
  /** Lets go of it, once; nobody waits for the close of a file that was only read. */
  release(): void;
}

/** What the system says when it has no more of something for now. */
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

export class FileQuota {
  readonly #openByUser = new Map<string, number>();

  /**
   * Opens a file for a user and counts it until it is released.
   * @throws PeerError BUSY when the user has as many as they may, or the system has no more
   */
  async open(userId: string, open: () => Promise<OfferedContent>): Promise<ServedFile> {
    if (this.openFilesOf(userId) >= MAX_OPEN_FILES_PER_USER) {
      throw new PeerError('BUSY', 'this user has too many files open here; try again');
    }
    this.#count(userId, 1);
    try {
      return this.#counted(userId, await open());
    } catch (error) {
      this.#count(userId, -1);
      throw isShortage(error) ? new PeerError('BUSY', 'too many files are open here') : error;
    }
  }

  openFilesOf(userId: string): number {
    return this.#openByUser.get(userId) ?? 0;
  }

  #counted(userId: string, file: OfferedContent): ServedFile {
    let isReleased = false;
    return {
      content: file.content,
      isWatched: file.check !== undefined,
      retain: () => file.retain(),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#count(userId, -1);
        file.release().catch(faultOf);
      },
    };
  }

  #count(userId: string, change: number): void {
    const count = this.openFilesOf(userId) + change;
    if (count === 0) this.#openByUser.delete(userId);
    else this.#openByUser.set(userId, count);
  }
}

function isShortage(error: unknown): boolean {
  if (!(error instanceof StorageError)) return false;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return SHORTAGES.has(cause?.code ?? '');
}
