/**
 * Where devices can really be reached: an address that a device claims is told to others only after
 * the tracker has dialled it and the device has proved its key there; one that could not be tried, or
 * was silent, only to those who are seen on the device's own network (neighbourhood.ts). So nobody can
 * send members of a group, or the tracker more than once, against somebody who has nothing to do with it.
 *
 *   claimed → (dialled) → proven, which is told | in vain, tried again when the allowance is back
 *
 * Nobody waits for it: a device is online at once, and told of with its first proven address. Owns
 * the claims of connected devices, what was proven lately, and the dials.
 */
import { MAX_REACH_ENTRIES, REACH_INTERVAL_MS, REACH_RETRY_MS } from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import { plainAddress, scopeOf, withoutZone } from '../../net/address-scope.js';
import type { PeerAddress, ReachOutcome, TriedAddress } from '../../net/tracker-api.js';
import type { ToldReach } from '../presence/presence.js';
import { addressKey, dialledFrom, type Candidates } from './candidates.js';
import { DialAllowance } from './dial-allowance.js';
import { DialQueue } from './dial-queue.js';
import { toldOf } from './neighbourhood.js';

/** Dials an address once and says which device proved its key there. @throws when none did */
export type DialBack = (address: PeerAddress, signal: AbortSignal) => Promise<string>;

/** What a connected device says of itself. */
export interface ReachClaim {
  readonly deviceId: string;
  readonly userId: string;
  /** The address at which the tracker sees it. */
  readonly source: string;
  /** What it may be dialled at; see candidates.ts. */
  readonly addresses: Candidates['dialled'];
  readonly local: Candidates['local'];
}

/** What was found out about the addresses that a device claims now. */
export interface Look {
  /** In the order of the claim. */
  readonly proven: readonly PeerAddress[];
  readonly tried: readonly TriedAddress[];
}

interface Claimed extends ReachClaim {
  /** How the last dial of each of its addresses ended, by address. */
  readonly outcomes: Map<string, ReachOutcome>;
  /** Dials that have not ended. */
  waiting: number;
  /** Everything that could be dialled has been, once at least. */
  isLookedAt: boolean;
}

/** The device that answers at an address, or how that failed. */
interface Found {
  readonly holder?: string;
  readonly outcome?: ReachOutcome;
}

export interface ReachOptions {
  readonly dialBack: DialBack;
  readonly nowMs: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  /** Addresses of a connected device were looked at; others are told so much of it from now on. */
  readonly onLookedAt: (deviceId: string, told: ToldReach, look: Look) => void;
  /** Whether an address is of this machine: devices that are seen at its loopback may serve there. */
  readonly isOwnHost?: (host: string) => boolean;
}

export class Reach {
  readonly #options: ReachOptions;
  readonly #allowance = new DialAllowance();
  readonly #queue = new DialQueue();
  /** The present claim of each connected device. */
  readonly #claims = new Map<string, Claimed>();
  /** Those of them of which nothing is proven yet. */
  readonly #untold = new Set<string>();
  /** Device and address → when that was proven last; oldest first. */
  readonly #proven = new Map<string, number>();
  /** Device and host, where it has proved its key at some time; oldest first. */
  readonly #homes = new Set<string>();
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

  /** Those of a connected device's addresses at which it was found, whenever that was. */
  foundAt(deviceId: string, addresses: readonly PeerAddress[]): PeerAddress[] {
    const outcomes = this.#claims.get(deviceId)?.outcomes;
    return addresses.filter((address) => outcomes?.get(addressKey(address)) === 'answered');
  }

  /**
   * A connected device claims addresses, in place of those it claimed before. Answers what others are
   * told of it now; what is found out from here on comes by `onLookedAt`.
   */
  claim(claim: ReachClaim): ToldReach {
    if (this.#closing.signal.aborted) return { addresses: [] };
    const { deviceId, addresses } = claim;
    const outcomes = new Map<string, ReachOutcome>();
    const claimed: Claimed = { ...claim, outcomes, waiting: 0, isLookedAt: false };
    this.#claims.set(deviceId, claimed);
    const proven = this.provenOf(deviceId, addresses);
    for (const address of proven) claimed.outcomes.set(addressKey(address), 'answered');
    if (proven.length > 0) this.#untold.delete(deviceId);
    else this.#untold.add(deviceId);
    this.#look(claimed);
    claimed.isLookedAt = claimed.waiting === 0;
    return this.#toldOf(claimed);
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
  #look(claimed: Claimed): void {
    const { deviceId, source, addresses } = claimed;
    const proven = new Set(this.provenOf(deviceId, addresses));
    for (const address of addresses) {
      if (proven.has(address)) continue;
      const dial = (): Promise<void> => this.#dial(claimed, address);
      if (this.#queue.add(networkOf(source), dial)) claimed.waiting++;
    }
    if (this.#untold.size > 0) this.#retryLater();
  }

  async #dial(claimed: Claimed, address: PeerAddress): Promise<void> {
    const { deviceId } = claimed;
    const found = await this.#find(deviceId, address);
    claimed.waiting--;
    const isLookedAtNow = claimed.waiting === 0 && !claimed.isLookedAt;
    if (isLookedAtNow) claimed.isLookedAt = true;
    if (found) {
      const { holder, outcome } = found;
      if (holder !== undefined) this.#onProven(holder, address);
      // It may be another device's, which may be waiting for just this.
      if (holder !== deviceId) this.#tell(deviceId, address, outcome ?? 'other-device');
      if (holder !== undefined) this.#tell(holder, address, 'answered');
    } else if (isLookedAtNow && this.#claims.get(deviceId) === claimed) {
      this.#tellLook(claimed);
    }
  }

  /** Dials, if that is due and allowed. */
  async #find(deviceId: string, address: PeerAddress): Promise<Found | undefined> {
    // Whoever has gone meanwhile, or claims something else, needs no dial.
    const claim = this.#claimOf(deviceId, address);
    if (!claim || this.provenOf(deviceId, [address]).length > 0) return undefined;
    const { userId, source } = claim;
    const isOwnHost = this.#isOwnHost(deviceId, address.host, source);
    const nowMs = this.#options.nowMs();
    if (!this.#allowance.take({ address, userId, source, isOwnHost }, nowMs)) return undefined;
    const found = await this.#lookAt(dialledFrom(source, address));
    if (found.holder !== undefined) this.#allowance.onAnswered(address);
    return found;
  }

  /** Where its own devices are dialled more often than once, over all ports. */
  #isOwnHost(deviceId: string, host: string, source: string): boolean {
    const at = withoutZone(plainAddress(source));
    if (host === at || this.#homes.has(`${deviceId} ${host}`)) return true;
    return scopeOf(at) === 'loopback' && (this.#options.isOwnHost?.(host) ?? false);
  }

  /** The claim of a connected device, if it names this address. */
  #claimOf(deviceId: string, address: PeerAddress): Claimed | undefined {
    const claim = this.#claims.get(deviceId);
    const key = addressKey(address);
    return claim?.addresses.some((one) => addressKey(one) === key) ? claim : undefined;
  }

  /** The device that answers at an address, or how that failed. */
  async #lookAt(address: PeerAddress): Promise<Found> {
    try {
      return { holder: await this.#options.dialBack(address, this.#closing.signal) };
    } catch (error) {
      // Whatever it is that cannot be reached: it is not told of.
      return { outcome: outcomeOf(error) };
    }
  }

  #onProven(deviceId: string, address: PeerAddress): void {
    const key = provenKey(deviceId, address);
    this.#proven.delete(key);
    const [oldest] = this.#proven.keys();
    if (this.#proven.size >= MAX_REACH_ENTRIES && oldest !== undefined) this.#proven.delete(oldest);
    this.#proven.set(key, this.#options.nowMs());
    this.#homes.add(`${deviceId} ${address.host}`);
    const [oldestHome] = this.#homes;
    if (this.#homes.size > MAX_REACH_ENTRIES && oldestHome !== undefined) {
      this.#homes.delete(oldestHome);
    }
  }

  #tell(deviceId: string, address: PeerAddress, outcome: ReachOutcome): void {
    const claim = this.#claimOf(deviceId, address);
    if (!claim) return;
    claim.outcomes.set(addressKey(address), outcome);
    this.#tellLook(claim);
  }

  #tellLook(claim: Claimed): void {
    const { deviceId } = claim;
    const proven = this.provenOf(deviceId, claim.addresses);
    if (proven.length > 0) this.#untold.delete(deviceId);
    const tried = claim.addresses.flatMap((one): TriedAddress[] => {
      const ended = claim.outcomes.get(addressKey(one));
      return ended === undefined ? [] : [{ ...one, outcome: ended }];
    });
    this.#options.onLookedAt(deviceId, this.#toldOf(claim), { proven, tried });
  }

  /** What is where nobody answers may be behind a wall; where somebody else does, it is not. */
  #toldOf({ deviceId, source: seen, addresses, local, ...looked }: Claimed): ToldReach {
    const { outcomes, isLookedAt } = looked;
    const proven = this.provenOf(deviceId, addresses);
    const walled = addresses.filter((address) => {
      const outcome = outcomes.get(addressKey(address));
      return outcome === 'silent' || outcome === 'no-way';
    });
    const told = toldOf({ seen, proven, unproven: [...walled, ...local] });
    return { ...told, isUnreached: isLookedAt && proven.length === 0 };
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

/** Why a dial failed, as its device hears it. */
function outcomeOf(error: unknown): ReachOutcome {
  const { code, name } = error as { readonly code?: string; readonly name?: string };
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'EINVAL') return 'no-way';
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ETIMEDOUT') return 'silent';
  // It answered, and not as one of our devices.
  return 'other-device';
}
