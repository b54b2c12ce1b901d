/**
 * The rate limits of groups, for all threads, in one SharedArrayBuffer: each group that ever had one has a row, which
 * it keeps, with a cell for each direction. Threads find the row of a group by its hash whenever rows were added.
 */
import { createHash } from 'node:crypto';
import { TrackerError, type P2pError } from './errors.js';
import { MAX_LIMITED_GROUPS } from './limits.js';
import { RATE_CELL_BYTES, SharedRateLimiter, type Rate } from './shared-rate-limiter.js';

/** How many rows there are stands before them. */
const HEAD_BYTES = 8;
const KEY_BYTES = 8;
const ROW_BYTES = KEY_BYTES + 2 * RATE_CELL_BYTES;

export type Direction = 'up' | 'down';

export function createGroupRates(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + MAX_LIMITED_GROUPS * ROW_BYTES);
}

/**
 * Sets the limit of a group; main alone does.
 * @throws TrackerError LIMIT_REACHED when so many groups have had one
 */
export function setGroupRate(
  rates: SharedArrayBuffer,
  groupId: string,
  limits: Readonly<Record<Direction, Rate>>,
): void {
  const count = new BigInt64Array(rates, 0, 1);
  const key = keyOf(groupId);
  let row = findRow(rates, key);
  if (row === undefined) {
    if (limits.up === undefined && limits.down === undefined) return;
    row = Number(Atomics.load(count, 0));
    if (row >= MAX_LIMITED_GROUPS) throw tooMany();
    Atomics.store(new BigInt64Array(rates, HEAD_BYTES + row * ROW_BYTES, 1), 0, key);
    Atomics.store(count, 0, BigInt(row + 1));
  }
  for (const direction of ['up', 'down'] as const)
    cellOf(rates, row, direction).setRate(limits[direction]);
}

/** One thread's view of the limit of a group in one direction. */
export class GroupLimiter {
  readonly #rates: SharedArrayBuffer;
  readonly #count: BigInt64Array<SharedArrayBuffer>;
  readonly #key: bigint;
  readonly #direction: Direction;
  /** Of how many rows it is known whether this group is among them. */
  #seenCount = 0n;
  #cell: SharedRateLimiter | undefined;

  constructor(rates: SharedArrayBuffer, groupId: string, direction: Direction) {
    this.#rates = rates;
    this.#count = new BigInt64Array(rates, 0, 1);
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
    const count = Atomics.load(this.#count, 0);
    if (this.#cell || count === this.#seenCount) return this.#cell;
    this.#seenCount = count;
    const row = findRow(this.#rates, this.#key);
    if (row !== undefined) this.#cell = cellOf(this.#rates, row, this.#direction);
    return this.#cell;
  }
}

function findRow(rates: SharedArrayBuffer, key: bigint): number | undefined {
  const count = Number(Atomics.load(new BigInt64Array(rates, 0, 1), 0));
  for (let row = 0; row < count; row++) {
    if (Atomics.load(new BigInt64Array(rates, HEAD_BYTES + row * ROW_BYTES, 1), 0) === key)
      return row;
  }
  return undefined;
}

function cellOf(rates: SharedArrayBuffer, row: number, direction: Direction): SharedRateLimiter {
  const at = HEAD_BYTES + row * ROW_BYTES + KEY_BYTES;
  return new SharedRateLimiter(rates, undefined, direction === 'up' ? at : at + RATE_CELL_BYTES);
}

function keyOf(groupId: string): bigint {
  return createHash('sha256').update(groupId).digest().readBigInt64BE();
}

function tooMany(): P2pError {
  return new TrackerError(
    'LIMIT_REACHED',
    `${MAX_LIMITED_GROUPS} groups have had limits since this client began; start it again`,
  );
}
