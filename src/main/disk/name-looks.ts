/**
 * Looks at what has the names of downloads that begin, of many with one look at their folder: most names
 * are free, and a look for each costs more than reading the whole list. Owns who waits for a look.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred, type Deferred } from '../../net/deferred.js';
import { crash, detach } from '../../net/detach.js';

/** For fewer names that are asked for at once, each is looked at. */
const MIN_NAMES_FOR_LIST = 8;
/** A list of so many names is read in the time of one look. */
const LISTED_NAMES_PER_LOOK = 64;

export class NameLooks {
  readonly #listNow: (folder: string) => Promise<readonly string[]>;
  /** Whether a name is taken, by folder. */
  readonly #waiting = new Map<string, { name: string; answer: Deferred<boolean> }[]>();
  /** How long the latest list of the latest folder was. */
  #latest = { folder: '', length: 0 };

  /** `listNow` lists the names in a folder. */
  constructor(listNow: (folder: string) => Promise<readonly string[]>) {
    this.#listNow = listNow;
  }

  /** False when nothing has that name; true when something may have it. */
  async mayBeTaken(folder: string, name: string): Promise<boolean> {
    const others = this.#waiting.get(folder);
    const one = { name, answer: deferred<boolean>() };
    if (others) others.push(one);
    else {
      this.#waiting.set(folder, [one]);
      detach(() => this.#lookSoon(folder), crash);
    }
    return one.answer.promise;
  }

  async #lookSoon(folder: string): Promise<void> {
    await nextTurn();
    const asked = this.#waiting.get(folder) ?? [];
    this.#waiting.delete(folder);
    const names = this.#isListWorth(folder, asked.length) ? await this.#list(folder) : undefined;
    for (const { name, answer } of asked) answer.resolve(names?.has(name) ?? true);
  }

  #isListWorth(folder: string, count: number): boolean {
    if (count < MIN_NAMES_FOR_LIST) return false;
    const { folder: latest, length } = this.#latest;
    return latest !== folder || length <= count * LISTED_NAMES_PER_LOOK;
  }

  async #list(folder: string): Promise<ReadonlySet<string> | undefined> {
    // What is wrong with the folder, a look at the name itself tells.
    const names = await this.#listNow(folder).catch(() => undefined);
    this.#latest = { folder, length: names?.length ?? Infinity };
    return names && new Set(names);
  }
}
