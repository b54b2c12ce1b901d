/** What was seen of many files, in columns: as objects of large numbers it would take ten times as much. */
import type { StampedStats } from './folder-stamps.js';

const FIELDS = ['size', 'mtimeNs', 'ctimeNs', 'ino', 'dev'] as const;
const FIRST_ROOM = 1_024;

export class SeenStats {
  /** Twice as long whenever it is full. */
  #numbers = new BigInt64Array(FIRST_ROOM * FIELDS.length);
  #count = 0;

  /** Answers where it is kept. */
  add(stats: StampedStats): number {
    const at = this.#count * FIELDS.length;
    if (at === this.#numbers.length) {
      const longer = new BigInt64Array(2 * this.#numbers.length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    // They keep 64 bits of each.
    for (const [index, field] of FIELDS.entries()) this.#numbers[at + index] = stats[field];
    return this.#count++;
  }

  at(place: number): StampedStats {
    const field = (index: number): bigint => this.#numbers[place * FIELDS.length + index] ?? 0n;
    return { size: field(0), mtimeNs: field(1), ctimeNs: field(2), ino: field(3), dev: field(4) };
  }
}
