/** The downloads that wait, in the order in which they have their turns. A pure table of ids. */
import { compareTurns, type Turn } from '../home/download-turn.js';

export class WaitingLine {
  readonly #turns = new Map<string, Turn>();
  /** Sorted; of equal turns those that came first. */
  readonly #ids: string[] = [];

  get first(): string | undefined {
    return this.#ids[0];
  }

  get length(): number {
    return this.#ids.length;
  }

  has(id: string): boolean {
    return this.#turns.has(id);
  }

  add(id: string, turn: Turn): void {
    this.#turns.set(id, turn);
    this.#ids.splice(this.#countBefore(turn, true), 0, id);
  }

  /** Nothing happens for one that does not wait. */
  remove(id: string): void {
    const place = this.placeOf(id);
    if (place === undefined) return;
    this.#ids.splice(place - 1, 1);
    this.#turns.delete(id);
  }

  /** The place in the line, from 1; undefined for one that does not wait. */
  placeOf(id: string): number | undefined {
    const turn = this.#turns.get(id);
    return turn && this.#ids.indexOf(id, this.#countBefore(turn, false)) + 1;
  }

  /** The place of each in the line, from 1. */
  places(): ReadonlyMap<string, number> {
    return new Map(this.#ids.map((id, index) => [id, index + 1]));
  }

  /** How many have their turn before this one, with those of the same turn or without them. */
  #countBefore(turn: Turn, isWithEqual: boolean): number {
    let [from, to] = [0, this.#ids.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const order = compareTurns(this.#turns.get(this.#ids[middle]!)!, turn);
      if (order < 0 || (isWithEqual && order === 0)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
