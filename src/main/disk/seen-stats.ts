/** What was seen of the files of one folder, in columns: as objects of large numbers it would take ten times as much. */
import type { BigIntStats } from 'node:fs';

const FIELDS = ['mode', 'size', 'mtimeNs', 'ctimeNs', 'ino', 'dev', 'mtimeMs'] as const;

/** Of what `lstat` tells; of times in nanoseconds, which can be too long for it, 64 bits. */
export type SeenFile = Pick<BigIntStats, (typeof FIELDS)[number]>;

export class SeenStats {
  readonly #numbers: BigInt64Array;

  /** Room for so many. */
  constructor(count: number) {
    this.#numbers = new BigInt64Array(count * FIELDS.length);
  }

  put(place: number, stats: SeenFile): void {
    // They keep 64 bits of each.
    for (const [index, field] of FIELDS.entries()) {
      this.#numbers[place * FIELDS.length + index] = stats[field];
    }
  }

  /** Undefined where nothing was put: whatever there is has a mode, which says what kind it is. */
  at(place: number): SeenFile | undefined {
    const field = (index: number): bigint => this.#numbers[place * FIELDS.length + index] ?? 0n;
    const [mode, size, mtimeNs, ctimeNs] = [field(0), field(1), field(2), field(3)];
    if (mode === 0n) return undefined;
    return { mode, size, mtimeNs, ctimeNs, ino: field(4), dev: field(5), mtimeMs: field(6) };
  }
}
