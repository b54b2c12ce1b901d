/**
 * One opening for all who read a content at a time: opened for the first of them, closed with the
 * last. A file is opened without waiting, because what was one may be a pipe by now.
 *
 *   closed → opening → open (its users are counted) → closed
 */
import { bug } from '../../net/errors.js';
import type { OpenContent } from './open-files.js';

/** One time that the content is open. */
interface Opening<Opened> {
  readonly content: Promise<Opened>;
  users: number;
}

export class SharedOpening<Opened extends OpenContent> {
  readonly #open: () => Promise<Opened>;
  #present: Opening<Opened> | undefined;

  constructor(open: () => Promise<Opened>) {
    this.#open = open;
  }

  /**
   * The content for one more user.
   * @throws StorageError saying what the disk said
   */
  async acquire(): Promise<Opened> {
    this.#present ??= { content: this.#open(), users: 0 };
    const opening = this.#present;
    opening.users++;
    try {
      return this.#useOf(await opening.content, opening);
    } catch (error) {
      this.#onUserGone(opening);
      throw error;
    }
  }

  #useOf(opened: Opened, opening: Opening<Opened>): Opened {
    let isReleased = false;
    return {
      ...opened,
      retain: () => {
        if (opening.users === 0) bug('a closed content is used again');
        opening.users++;
        return this.#useOf(opened, opening);
      },
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        if (this.#onUserGone(opening)) await opened.release();
      },
    };
  }

  /** True when that was the last one. */
  #onUserGone(opening: Opening<Opened>): boolean {
    if (--opening.users > 0) return false;
    if (this.#present === opening) this.#present = undefined;
    return true;
  }
}
