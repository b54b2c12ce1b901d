/**
 * The rate limits of one connection in one direction: that of the own network for who is in it, if it has one, else
 * that of all, for whoever is not in it that of the world outside besides, and that of its group. Which they are is known once the connection stands and its group is
 * known; whether each holds anything is looked at whenever bytes are to pass.
 */
import { GroupLimiter, type Direction } from '../../net/group-rates.js';
import { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import { isInNetworks, ownNetworks } from '../../net/own-networks.js';
import type { SharedRates } from '../messages/thread.js';

export type Limiter = Pick<SharedRateLimiter, 'isLimited' | 'reserve' | 'changes'>;

export class WayLimiter implements Limiter {
  readonly #rates: SharedRates;
  readonly #direction: Direction;
  readonly #all: SharedRateLimiter;
  readonly #lan: SharedRateLimiter;
  readonly #wan: SharedRateLimiter;
  #isNear = false;
  #groupId = '';
  #group: GroupLimiter | undefined;

  constructor(rates: SharedRates, direction: Direction) {
    this.#rates = rates;
    this.#direction = direction;
    this.#all = new SharedRateLimiter(rates[direction]);
    this.#lan = new SharedRateLimiter(rates.lan[direction]);
    this.#wan = new SharedRateLimiter(rates.wan[direction]);
  }

  get isLimited(): boolean {
    return this.#way.isLimited || this.#isHeldOutside || this.#group?.isLimited === true;
  }

  /** Another number whenever one of the limits was set. */
  get changes(): number {
    return this.#all.changes + this.#lan.changes + this.#wan.changes + (this.#group?.changes ?? 0);
  }

  /** Those that share their limits have the same lane. */
  get lane(): string {
    const way = this.#way === this.#lan ? 'near' : this.#isHeldOutside ? 'far' : 'all';
    return this.#group?.isLimited === true ? `${way} ${this.#groupId}` : way;
  }

  /** Counts in each; the one that wants the longest wait has its way. */
  reserve(bytes: number): number {
    const outside = this.#isNear ? 0 : this.#wan.reserve(bytes);
    return Math.max(this.#way.reserve(bytes), outside, this.#group?.reserve(bytes) ?? 0);
  }

  /** The other end is there; undefined when it is met at a relay, wherever that is. */
  onConnected(host: string | undefined): void {
    this.#isNear = isNearby(host);
  }

  /** Its group is known. */
  onGroup(groupId: string): void {
    this.#groupId = groupId;
    this.#group = new GroupLimiter(this.#rates.groups, groupId, this.#direction);
  }

  get #isHeldOutside(): boolean {
    return !this.#isNear && this.#wan.isLimited;
  }

  get #way(): SharedRateLimiter {
    return this.#isNear && !this.#lan.isAside ? this.#lan : this.#all;
  }
}

/** True for who is in a network of this machine, or on it. */
function isNearby(host: string | undefined): boolean {
  return host !== undefined && isInNetworks(host, ownNetworks());
}
