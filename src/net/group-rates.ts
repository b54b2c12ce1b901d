/**
 * The rate limits of groups, for all threads, in one SharedArrayBuffer: each group that has one has a row with a cell
 * for each direction, and keeps it until another group needs it after that limit has gone. Threads find the row of a
 * group by its hash whenever rows were given to others.
 */
import { createHash } from 'node:crypto';
import { bug } from './errors.js';
import { MAX_LIMIT_RULES } from './limits.js';
import { RATE_CELL_BYTES, SharedRateLimiter, type Rate } from './shared-rate-limiter.js';

/** How often a row was given to a group stands before them. */
const HEAD_BYTES = 8;
const KEY_BYTES = 8;
/** Of a row that no group ever had. */
const NOBODY = 0n;
const ROW_BYTES = KEY_BYTES + 2 * RATE_CELL_BYTES;

export type Direction = 'up' | 'down';

export function createGroupRates(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + MAX_LIMIT_RULES * ROW_BYTES);
}

/** Sets the limit of a group; main alone does, which bounds the groups that have one at a time. */
export function setGroupRate(
  rates: SharedArrayBuffer,
  groupId: string,
  limits: Readonly<Record<Direction, Rate>>,
): void {
  const key = keyOf(groupId);
  let row = findRow(rates, key);
  if (row === undefined) {
    if (limits.up === undefined && limits.down === undefined) return;
    row = freeRow(rates) ?? bug('more groups have a limit than there are rules');
    Atomics.store(keyCell(rates, row), 0, key);
    Atomics.add(new BigInt64Array(rates, 0, 1), 0, 1n);
  }
  for (const direction of ['up', 'down'] as const)
    cellOf(rates, row, direction).setRate(limits[direction]);
}

/** One thread's view of the limit of a group in one direction. */
export class GroupLimiter {
  readonly #rates: SharedArrayBuffer;
  readonly #givenCount: BigInt64Array<SharedArrayBuffer>;
  readonly #key: bigint;
  readonly #direction: Direction;
  /** After so many rows were given to groups this one's was looked for. */
  #seenCount = 0n;
  #cell: SharedRateLimiter | undefined;

  constructor(rates: SharedArrayBuffer, groupId: string, direction: Direction) {
    this.#rates = rates;
    this.#givenCount = new BigInt64Array(rates, 0, 1);
    this.#key = keyOf(groupId);
    this.#direction = direction;
  }

  get isLimited(): boolean {
    return this.#now()?.isLimited === true;
  }

  get changes(): number {
    return this.#now()?.changes ?? 0;
  }

  reserve(bytes: number): number {
    return this.#now()?.reserve(bytes) ?? 0;
  }

  #now(): SharedRateLimiter | undefined {
    const count = Atomics.load(this.#givenCount, 0);
    if (count === this.#seenCount) return this.#cell;
    this.#seenCount = count;
    const row = findRow(this.#rates, this.#key);
    this.#cell = row === undefined ? undefined : cellOf(this.#rates, row, this.#direction);
    return this.#cell;
  }
}

function findRow(rates: SharedArrayBuffer, key: bigint): number | undefined {
  for (let row = 0; row < MAX_LIMIT_RULES; row++) {
    const owner = Atomics.load(keyCell(rates, row), 0);
    if (owner === key) return row;
    // They are given out from the first on, and never taken from all.
    if (owner === NOBODY) return undefined;
  }
  return undefined;
}

/** One that no group has, else the first whose group has no limit any more. */
function freeRow(rates: SharedArrayBuffer): number | undefined {
  const unlimited = (row: number): boolean =>
    !cellOf(rates, row, 'up').isLimited && !cellOf(rates, row, 'down').isLimited;
  const rows = Array.from({ length: MAX_LIMIT_RULES }, (_, row) => row);
  return (
    rows.find((row) => Atomics.load(keyCell(rates, row), 0) === NOBODY) ?? rows.find(unlimited)
  );
}

function keyCell(rates: SharedArrayBuffer, row: number): BigInt64Array<SharedArrayBuffer> {
  return new BigInt64Array(rates, HEAD_BYTES + row * ROW_BYTES, 1);
}

function cellOf(rates: SharedArrayBuffer, row: number, direction: Direction): SharedRateLimiter {
  const at = HEAD_BYTES + row * ROW_BYTES + KEY_BYTES;
  return new SharedRateLimiter(rates, undefined, direction === 'up' ? at : at + RATE_CELL_BYTES);
}

function keyOf(groupId: string): bigint {
  return createHash('sha256').update(groupId).digest().readBigInt64BE();
}
