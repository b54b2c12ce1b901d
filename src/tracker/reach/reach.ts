/**
 * Where devices can really be reached: an address that a device claims is told to others only after
 * the tracker has dialled it and the device has proved its key there. So nobody can send members of a
 * group, or the tracker more than once, against somebody who has nothing to do with it.
 *
 *   claimed → (dialled) → proven, which is told | in vain, tried again when the allowance is back
 *
 * Nobody waits for it: a device is online at once, and told of with its first proven address. Owns
 * the claims of connected devices, what was proven lately, and the dials.
 */
import { MAX_REACH_ENTRIES, REACH_INTERVAL_MS, REACH_RETRY_MS } from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressKey } from './candidates.js';
import { DialAllowance } from './dial-allowance.js';
import { DialQueue } from './dial-queue.js';

/** Dials an address once and says which device proved its key there. @throws when none did */
export type DialBack = (address: PeerAddress, signal: AbortSignal) => Promise<string>;

/** What a connected device says of itself. */
export interface ReachClaim {
  readonly deviceId: string;
  readonly userId: string;
  /** The address at which the tracker sees it. */
  readonly source: string;
  /** What it may be dialled at; see candidates.ts. */
  readonly addresses: readonly PeerAddress[];
}

export interface ReachOptions {
  readonly dialBack: DialBack;
  readonly nowMs: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  /** Addresses of a connected device were looked at: these are proven, in the order of the claim. */
  readonly onLookedAt: (deviceId: string, proven: readonly PeerAddress[]) => void;
}

export class Reach {
  readonly #options: ReachOptions;
  readonly #allowance = new DialAllowance();
  readonly #queue = new DialQueue();
  /** The present claim of each connected device. */
  readonly #claims = new Map<string, ReachClaim>();
  /** Those of them of which nothing is proven yet. */
  readonly #untold = new Set<string>();
  /** Device and address → when that was proven last; oldest first. */
  readonly #proven = new Map<string, number>();
  readonly #closing = new AbortController();
  #cancelRetry: (() => void) | undefined;

  constructor(options: ReachOptions) {
    this.#options = options;
  }

  /** Those of a device's addresses that were proven lately: they need no dial. */
  provenOf(deviceId: string, addresses: readonly PeerAddress[]): PeerAddress[] {
    const nowMs = this.#options.nowMs();
    return addresses.filter((address) => {
      const atMs = this.#proven.get(provenKey(deviceId, address));
      return atMs !== undefined && nowMs - atMs < REACH_INTERVAL_MS;
    });
  }

  /** A connected device claims addresses, in place of those it claimed before. */
  claim(claim: ReachClaim): void {
    if (this.#closing.signal.aborted) return;
    const { deviceId, addresses } = claim;
    this.#claims.set(deviceId, claim);
    if (this.provenOf(deviceId, addresses).length > 0) this.#untold.delete(deviceId);
    else this.#untold.add(deviceId);
    this.#look(claim);
  }

  /** The device is not connected any more. */
  release(deviceId: string): void {
    this.#claims.delete(deviceId);
    this.#untold.delete(deviceId);
  }

  /** Ends every dial; resolves when none is left. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    this.#closing.abort();
    this.#claims.clear();
    this.#untold.clear();
    await this.#queue.close();
  }

  /** Dials what is not proven, as far as that is allowed now; the rest is tried again later. */
  #look({ deviceId, source, addresses }: ReachClaim): void {
    const proven = new Set(this.provenOf(deviceId, addresses));
    for (const address of addresses) {
      if (!proven.has(address)) {
        this.#queue.add(networkOf(source), () => this.#dial(deviceId, address));
      }
    }
    if (this.#untold.size > 0) this.#retryLater();
  }

  async #dial(deviceId: string, address: PeerAddress): Promise<void> {
    // Whoever has gone meanwhile, or claims something else, needs no dial.
    const claim = this.#claimOf(deviceId, address);
    if (!claim || this.provenOf(deviceId, [address]).length > 0) return;
    const { userId, source } = claim;
    if (!this.#allowance.take({ address, userId, source }, this.#options.nowMs())) return;
    const holder = await this.#holderOf(address);
    if (holder !== undefined) this.#onProven(holder, address);
    // It may be another device's, which may be waiting for just this.
    if (holder !== deviceId) this.#tell(deviceId, address);
    if (holder !== undefined) this.#tell(holder, address);
  }

  /** The claim of a connected device, if it names this address. */
  #claimOf(deviceId: string, address: PeerAddress): ReachClaim | undefined {
    const claim = this.#claims.get(deviceId);
    const key = addressKey(address);
    return claim?.addresses.some((one) => addressKey(one) === key) ? claim : undefined;
  }

  /** The device that answers at an address; undefined when none does. */
  async #holderOf(address: PeerAddress): Promise<string | undefined> {
    try {
      return await this.#options.dialBack(address, this.#closing.signal);
    } catch {
      // Whatever it is that cannot be reached: it is not told of.
      return undefined;
    }
  }

  #onProven(deviceId: string, address: PeerAddress): void {
    const key = provenKey(deviceId, address);
    this.#proven.delete(key);
    const [oldest] = this.#proven.keys();
    if (this.#proven.size >= MAX_REACH_ENTRIES && oldest !== undefined) this.#proven.delete(oldest);
    this.#proven.set(key, this.#options.nowMs());
  }

  #tell(deviceId: string, address: PeerAddress): void {
    const claim = this.#claimOf(deviceId, address);
    if (!claim) return;
    const proven = this.provenOf(deviceId, claim.addresses);
    if (proven.length > 0) this.#untold.delete(deviceId);
    this.#options.onLookedAt(deviceId, proven);
  }

  #retryLater(): void {
    this.#cancelRetry ??= this.#options.delay(() => {
      this.#cancelRetry = undefined;
      for (const deviceId of [...this.#untold]) {
        const claim = this.#claims.get(deviceId);
        if (claim) this.#look(claim);
      }
    }, REACH_RETRY_MS);
  }
}

function provenKey(deviceId: string, address: PeerAddress): string {
  return `${deviceId} ${addressKey(address)}`;
}
