/**
 * The links for guests as they are kept: the file of them, and what it says. A change holds once it is on the disk; an
 * end holds at once, whatever becomes of the disk, and is written with the next change that can be. Whoever changes it
 * has the home's lock.
 */
import { Turns } from '../../net/turns.js';
import { readGuestLinks, writeGuestLinks, type KeptGuestLink } from '../home/guest-links-file.js';
import type { Home } from '../home/home.js';

export class KeptLinks {
  readonly #home: Pick<Home, 'guestLinksPath'>;
  readonly #lock: () => Promise<unknown>;
  /** Changes come one after the other: each is judged by what the one before has left. */
  readonly #changing = new Turns(1);
  /** Ids of those that have ended and are in the file yet; none outlives the next write. */
  readonly #ended = new Set<string>();
  #links: ReadonlyMap<string, KeptGuestLink> | undefined;

  /** `lock` takes the home's lock. */
  constructor(home: Pick<Home, 'guestLinksPath'>, lock: () => Promise<unknown>) {
    this.#home = home;
    this.#lock = lock;
  }

  /** By their ids. @throws StorageError */
  async load(): Promise<ReadonlyMap<string, KeptGuestLink>> {
    if (this.#links !== undefined) return this.#links;
    const read = await readGuestLinks(this.#home);
    this.#links ??= new Map(read.map((link) => [link.id, link]));
    return this.#links;
  }

  /** What the change makes of the links holds once it is on the disk. @throws what `change` throws, StorageError */
  change<Answer>(change: (links: Map<string, KeptGuestLink>) => Answer): Promise<Answer> {
    return this.#changing.take(async () => {
      await this.#lock();
      const before = await this.load();
      const links = new Map(before);
      const written = [...this.#ended];
      const answer = change(links);
      if (written.length === 0 && isSame(before, links)) return answer;
      await writeGuestLinks(this.#home, [...links.values()]);
      for (const id of written) this.#ended.delete(id);
      // What ended while this was written stays ended.
      for (const id of this.#ended) links.delete(id);
      this.#links = links;
      return answer;
    });
  }

  /** Ends them at once, tells which, and then writes that. @throws StorageError */
  async end(isEnding: (link: KeptGuestLink) => boolean, tell: (id: string) => void): Promise<void> {
    const links = await this.load();
    const ending = [...links.values()].filter(isEnding).map(({ id }) => id);
    if (ending.length === 0) return;
    for (const id of ending) this.#ended.add(id);
    this.#links = new Map([...links].filter(([id]) => !this.#ended.has(id)));
    for (const id of ending) tell(id);
    await this.change(() => undefined);
  }
}

function isSame(
  before: ReadonlyMap<string, KeptGuestLink>,
  now: ReadonlyMap<string, KeptGuestLink>,
): boolean {
  return before.size === now.size && [...now].every(([id, link]) => before.get(id) === link);
}
