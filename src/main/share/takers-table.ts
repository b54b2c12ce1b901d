/** Who takes what from a share, as a table for people, with how fast: a rate is what came between two looks. */
import { plainAddress } from '../../net/address-scope.js';
import { display } from '../../net/display.js';
import type { Taker } from '../api/takers.js';
import { shortenToWidth } from '../terminal/display-width.js';
import type { Overview } from '../terminal/output.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { formatBytes, formatCount, formatPercent, formatRate } from '../terminal/quantities.js';
import type { Cell, Column } from '../terminal/table.js';

const columns: readonly Column[] = [
  { name: 'name' },
  { name: 'takes' },
  { name: 'got' },
  { name: 'rate' },
  { name: 'from' },
];
/** All of a row fits into 80 columns then, whatever the file is called. */
const MOST_NAME_CELLS = 14;

export class TakersTable {
  readonly #nowMs: () => number;
  /** By device; of those that were there at the last look. */
  #rates = new Map<string, ProgressRate>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  of(takers: readonly Taker[]): Overview {
    const before = this.#rates;
    this.#rates = new Map();
    const rows = takers.map((taker) => {
      const key = JSON.stringify([taker.userId, taker.deviceId]);
      const known = before.get(key);
      this.#rates.set(key, known ?? new ProgressRate(this.#nowMs));
      // At the first look no time has passed.
      return rowOf(taker, known?.onTotal(taker.sent) ?? 0);
    });
    return { value: takers, lines: [], columns, rows, none: 'nobody has taken anything yet' };
  }
}

function rowOf(taker: Taker, bytesPerSecond: number): Cell[] {
  const { userId, fileName, files, isTaking, sent, wanted } = taker;
  const got = Math.min(sent, wanted);
  return [
    shortenToWidth(display(userId), MOST_NAME_CELLS),
    fileName ?? formatCount(files, 'file'),
    isTaking ? `${formatPercent(got, wanted)} of ${formatBytes(wanted)}` : formatBytes(got),
    isTaking ? formatRate(bytesPerSecond) : '',
    placeOf(taker),
  ];
}

/** Whoever is relayed shows the relay's address, which says nothing of them. */
function placeOf({ remote, way }: Taker): string {
  if (way === 'relayed') return 'relayed';
  return plainAddress(remote.slice(0, Math.max(0, remote.lastIndexOf(':'))));
}
