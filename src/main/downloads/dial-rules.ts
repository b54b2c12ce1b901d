/**
 * Which addresses of peers are dialled, and how often. What a member claims is carried out by every
 * downloader of a file, so an address that has not proven its device's key is attempted seldom,
 * whoever names it, and never at a place where no peer can be. Pure; the clock is handed in.
 *
 *   an address: unknown → attempted (by one device) → proven (for that device) | forgotten
 */
import { scopeOf, withoutZone, zoneOf } from '../../net/address-scope.js';
import {
  MAX_CONNECTIONS_PER_PEER,
  MAX_DIALLED_ADDRESSES,
  UNPROVEN_REDIAL_MS,
} from '../../net/limits.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import { inDialOrder } from './dial-order.js';

interface Attempted {
  /** The device for which it was attempted last. */
  readonly deviceId: string;
  readonly atMs: number;
  /** Connections that may be begun in this attempt yet: the first ones of a device go out together. */
  left: number;
}

export interface DialRulesOptions {
  /** Where the tracker was reached, as an IP literal. */
  readonly trackerHost: () => string | undefined;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
  /** The addresses of this machine. @default unknown */
  readonly own?: () => readonly OwnAddress[];
  /** True for an address at which a peer was heard in one's own network. @default none */
  readonly hasHeard?: (address: PeerAddress) => boolean;
}

export class DialRules {
  readonly #options: DialRulesOptions;
  /** Oldest attempt first. */
  readonly #attempted = new Map<string, Attempted>();
  /** The devices that have proven their key at an address; the oldest proof first. */
  readonly #proven = new Map<string, string>();

  constructor(options: DialRulesOptions) {
    this.#options = options;
  }

  /** The addresses of a peer that may be dialled now, in its order. */
  permitted({ deviceId, addresses }: OnlinePeer): PeerAddress[] {
    const nowMs = this.#options.nowMs();
    const seen = new Set<string>();
    return addresses.filter((address) => {
      const isFirst = !seen.has(keyOf(address));
      seen.add(keyOf(address));
      return isFirst && this.#isPlausible(address) && this.#isDue(address, deviceId, nowMs);
    });
  }

  /** Those at which a peer can be at all. */
  plausible(addresses: readonly PeerAddress[]): PeerAddress[] {
    return addresses.filter((address) => this.#isPlausible(address));
  }

  /** The same as they are dialled: the best first, on a link through the tracker's interface. */
  inOrder(peer: OnlinePeer): PeerAddress[] {
    const hasAnswered = (address: PeerAddress): boolean =>
      this.#proven.get(keyOf(address)) === peer.deviceId;
    const own = this.#options.own?.() ?? [];
    const hasHeard = this.#options.hasHeard ?? (() => false);
    const zone = zoneOf(this.#options.trackerHost() ?? '');
    return inDialOrder(this.permitted(peer), { hasAnswered, hasHeard, own }).map(
      ({ host, port }) => {
        const isBare = zoneOf(host) === undefined && scopeOf(host) === 'link-local';
        return isBare && zone !== undefined ? { host: `${host}%${zone}`, port } : { host, port };
      },
    );
  }

  /** Those of what was to be dialled whose turn did not come: they have lost nothing. */
  onUndialled(addresses: readonly PeerAddress[], deviceId: string): void {
    for (const address of addresses) {
      if (this.#attempted.get(keyOf(address))?.deviceId === deviceId) {
        this.#attempted.delete(keyOf(address));
      }
    }
  }

  /** This machine is on another network: what did not answer from before may answer from here. */
  onNetworkChanged(): void {
    this.#attempted.clear();
  }

  /**
   * These are dialled now. At one that has not proven the device's key since this began, `together` connections at
   * most may be begun at once.
   */
  onDial(
    addresses: readonly PeerAddress[],
    deviceId: string,
    together = MAX_CONNECTIONS_PER_PEER,
  ): void {
    const nowMs = this.#options.nowMs();
    for (const address of addresses) {
      const key = keyOf(address);
      if (this.#proven.get(key) === deviceId) continue;
      const before = this.#attempted.get(key);
      const isSame = before?.deviceId === deviceId && nowMs - before.atMs < UNPROVEN_REDIAL_MS;
      if (isSame) {
        before.left--;
        continue;
      }
      // One that was in vain before gets no second burst.
      const left = before ? 0 : together - 1;
      this.#attempted.delete(key);
      this.#attempted.set(key, { deviceId, atMs: nowMs, left });
      forgetOldest(this.#attempted);
    }
  }

  /** Somebody at this address holds the device's key; true when that is news. */
  onProven(address: PeerAddress, deviceId: string): boolean {
    const key = keyOf(address);
    if (this.#proven.get(key) === deviceId) return false;
    this.#attempted.delete(key);
    this.#proven.delete(key);
    this.#proven.set(key, deviceId);
    forgetOldest(this.#proven);
    return true;
  }

  /** An IP literal of a host; what is near only when the tracker is there as well. */
  #isPlausible(address: PeerAddress): boolean {
    const { host } = address;
    const scope = scopeOf(withoutZone(host));
    if (scope === 'public' || scope === 'private') return true;
    if (scope === 'link-local' && this.#options.hasHeard?.(address)) return true;
    const trackerHost = this.#options.trackerHost();
    return (
      scope !== 'never' && trackerHost !== undefined && scopeOf(withoutZone(trackerHost)) === scope
    );
  }

  #isDue(address: PeerAddress, deviceId: string, nowMs: number): boolean {
    const key = keyOf(address);
    if (this.#proven.get(key) === deviceId) return true;
    const attempted = this.#attempted.get(key);
    if (!attempted || nowMs - attempted.atMs >= UNPROVEN_REDIAL_MS) return true;
    return attempted.deviceId === deviceId && attempted.left > 0;
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${withoutZone(host)} ${port}`;
}

function forgetOldest(addresses: Map<string, unknown>): void {
  const [oldest] = addresses.keys();
  if (addresses.size > MAX_DIALLED_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
}
