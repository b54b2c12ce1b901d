/**
 * Work that several want at the same time is done once for all of them, and so many such works at a time. Whoever wants
 * no answer any more leaves the work to the others. Owns what is under way.
 */
import { Turns } from './turns.js';

export class SharedWork<Answer> {
  readonly #turns: Turns;
  /** Never more than there are keys; with those that wait for their turn. */
  readonly #underWay = new Map<string, Promise<Answer>>();

  constructor(most: number) {
    this.#turns = new Turns(most);
  }

  /** The answer of the work that is under way for this key, or of this one. */
  do(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const begun = this.#turns.take(work).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, begun);
    return begun;
  }
}
