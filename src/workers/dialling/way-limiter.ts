/**
 * The rate limit of one connection: that of the own network for who is in it, if it has one, else that of all
 * others. Which it is, is known once the connection stands.
 */
import { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import { isInNetworks, ownNetworks } from '../../net/own-networks.js';

/** Cells of one direction. */
export interface WayRates {
  readonly all: SharedArrayBuffer;
  /** Undefined where the own network is as all others. */
  readonly lan: SharedArrayBuffer | undefined;
}

export type Limiter = Pick<SharedRateLimiter, 'isLimited' | 'reserve'>;

export class WayLimiter implements Limiter {
  readonly #all: SharedRateLimiter;
  readonly #lan: SharedRateLimiter | undefined;
  #now: SharedRateLimiter;

  constructor({ all, lan }: WayRates) {
    this.#all = new SharedRateLimiter(all);
    this.#lan = lan && new SharedRateLimiter(lan);
    this.#now = this.#all;
  }

  get isLimited(): boolean {
    return this.#now.isLimited;
  }

  reserve(bytes: number): number {
    return this.#now.reserve(bytes);
  }

  /** The other end is there; undefined when it is met at a relay, wherever that is. */
  onConnected(host: string | undefined): void {
    const isNear = this.#lan !== undefined && isNearby(host);
    this.#now = (isNear ? this.#lan : undefined) ?? this.#all;
  }
}

/** True for who is in a network of this machine. */
export function isNearby(host: string | undefined): boolean {
  return host !== undefined && isInNetworks(host, ownNetworks());
}
