/**
 * The addresses of one tracker, or of several that are one: what the user has said, what the tracker has told
 * of itself, how each fared, and what it has to show at all of them. Owns the order in which they are dialled.
 * Pure: the clock is handed in, and nothing is dialled here.
 *
 *   an address: untried → worked ⇄ failed
 */
import { bug, type P2pError } from '../../net/errors.js';
import {
  MAX_TRACKER_ADDRESSES,
  TRACKER_ADDRESS_WAIT_MAX_MS,
  TRACKER_ADDRESS_WAIT_MIN_MS,
} from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressText } from './address-text.js';
import type { Meeting } from './known-trackers.js';

/** How an address fared when it was dialled last. */
export type AddressFate =
  | { readonly state: 'untried' }
  | { readonly state: 'worked' }
  /** `times`: so often since it worked; it is left out until `againMs` while another one is worth a try. */
  | {
      readonly state: 'failed';
      readonly times: number;
      readonly againMs: number;
      readonly error: P2pError;
    };

/** What is said of an address. */
export interface AddressLook {
  readonly address: PeerAddress;
  /** Whose word it is. */
  readonly from: 'user' | 'tracker';
  readonly fate: AddressFate;
}

export interface TrackerAddressesOptions {
  /** By preference; at least one. */
  readonly said: readonly PeerAddress[];
  /** Told by the tracker; dialled only when it is known what it has to show. */
  readonly learnt?: readonly PeerAddress[];
  /** The one that worked last, if it is one of them. */
  readonly worked?: PeerAddress | undefined;
  /** As what the tracker is known. @default as what the first shows that answers */
  readonly identity?: Meeting | undefined;
}

export class TrackerAddresses {
  readonly #said: readonly PeerAddress[];
  #learnt: readonly PeerAddress[];
  #identity: Meeting | undefined;
  /** By the text of the address. */
  readonly #fates = new Map<string, AddressFate>();
  #current: PeerAddress;

  constructor({ said, learnt = [], worked, identity }: TrackerAddressesOptions) {
    this.#said = distinct(said).slice(0, MAX_TRACKER_ADDRESSES);
    this.#identity = identity;
    this.#learnt = this.#takenOn(learnt);
    const first = this.#said[0] ?? bug('a tracker without an address');
    this.#current = this.all.find((one) => worked && isSame(one, worked)) ?? first;
  }

  /** The one that worked last, or is dialled first. */
  get current(): PeerAddress {
    return this.#current;
  }

  get said(): readonly PeerAddress[] {
    return this.#said;
  }

  get learnt(): readonly PeerAddress[] {
    return this.#learnt;
  }

  /** The user's first, each once. */
  get all(): readonly PeerAddress[] {
    return distinct([...this.#said, ...this.#learnt]);
  }

  /** What it has to show at each address; undefined until it was met. */
  get identity(): Meeting | undefined {
    return this.#identity;
  }

  isSaid(address: PeerAddress): boolean {
    return this.#said.some((one) => isSame(one, address));
  }

  /** What was told before is forgotten. Of a tracker that an authority vouches for nothing is taken on. */
  learn(told: readonly PeerAddress[]): void {
    this.#learnt = this.#takenOn(told);
    const kept = new Set([this.#current, ...this.all].map(addressText));
    for (const text of this.#fates.keys()) if (!kept.has(text)) this.#fates.delete(text);
  }

  /**
   * Those to dial now, in their order: the one that worked last, the user's, the tracker's. One that failed
   * waits, unless all do: whoever waits for the tracker has a pace of his own.
   */
  candidates(nowMs: number): readonly PeerAddress[] {
    const known = this.#identity === undefined ? this.#said : this.all;
    const first = known.filter((one) => isSame(one, this.#current));
    const order = distinct([...first, ...known]);
    const ready = order.filter((one) => {
      const fate = this.#fateOf(one);
      return fate.state !== 'failed' || fate.againMs <= nowMs;
    });
    return ready.length > 0 ? ready : order;
  }

  /** It has shown what it has to: from now on that is asked of each address. */
  onMet(identity: Meeting): void {
    this.#identity ??= identity;
    this.#learnt = this.#takenOn(this.#learnt);
  }

  onWorked(address: PeerAddress): void {
    this.#current = address;
    this.#fates.set(addressText(address), { state: 'worked' });
  }

  /** It was reached besides the one in use, and has shown what it has to. */
  onAnswered(address: PeerAddress): void {
    this.#fates.set(addressText(address), { state: 'worked' });
  }

  /** True when it failed for another reason than the last time. */
  onFailed(address: PeerAddress, error: P2pError, nowMs: number): boolean {
    const before = this.#fateOf(address);
    const times = before.state === 'failed' ? before.times + 1 : 1;
    const waitMs = TRACKER_ADDRESS_WAIT_MIN_MS * 2 ** (times - 1);
    const againMs = nowMs + Math.min(TRACKER_ADDRESS_WAIT_MAX_MS, waitMs);
    this.#fates.set(addressText(address), { state: 'failed', times, againMs, error });
    return before.state !== 'failed' || before.error.code !== error.code;
  }

  /** This machine is in another network: what failed before may work. */
  onNetworkChanged(): void {
    for (const [text, fate] of this.#fates) {
      if (fate.state === 'failed') this.#fates.set(text, { ...fate, againMs: 0 });
    }
  }

  looks(): readonly AddressLook[] {
    return this.all.map((address) => ({
      address,
      from: this.isSaid(address) ? 'user' : 'tracker',
      fate: this.#fateOf(address),
    }));
  }

  /** An authority vouches for any name: that of a learnt one proves no more than that it is somebody's. */
  #takenOn(told: readonly PeerAddress[]): readonly PeerAddress[] {
    return this.#identity?.how === 'authority'
      ? []
      : distinct(told).slice(0, MAX_TRACKER_ADDRESSES);
  }

  #fateOf(address: PeerAddress): AddressFate {
    return this.#fates.get(addressText(address)) ?? { state: 'untried' };
  }
}

function isSame(one: PeerAddress, other: PeerAddress): boolean {
  return addressText(one) === addressText(other);
}

function distinct(addresses: readonly PeerAddress[]): readonly PeerAddress[] {
  return [...new Map(addresses.map((one) => [addressText(one), one])).values()];
}
