/**
 * Whether others reach this client, and where: offers its candidates to the tracker, hears what the
 * tracker found, and says so, once for each thing there is to say. Owns what was claimed last and
 * what came of it.
 *
 *   unserved → claimed (looking) → reached | nearby | unreached → claimed anew … → unserved
 */
import { isDeepStrictEqual } from 'node:util';
import { REACH_NEWS_MS } from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import type { PeerAddress, TrackerNotifications } from '../../net/tracker-api.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { LateReach, ReachState } from '../api/reach.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { AnnouncedNames } from './announced-names.js';
import { ownCandidates } from './own-candidates.js';
import { isLookedAt, reachStateOf, type ReachFacts } from './reach-state.js';

export interface ReachabilityOptions {
  readonly announced: Pick<AnnouncedNames, 'resolve'>;
  /** What a router passes on to this client. @default nothing */
  readonly mapped?: () => readonly PeerAddress[];
  /** True while a router has not answered: that nobody can come is not told before. @default never */
  readonly isRouterAsked?: () => boolean;
  readonly own: () => readonly OwnAddress[];
  /** The user named loopback to listen on. */
  readonly isLoopbackMeant: boolean;
  /** How others come who cannot dial this client, as its present tracker says. @default not at all */
  readonly late?: () => LateReach | undefined;
  /** This client relays between members of its groups. @default false */
  readonly isRelaying?: boolean;
  readonly later: Later;
  readonly emit: ClientEventListener;
}

export class Reachability {
  readonly #options: ReachabilityOptions;
  #facts: ReachFacts | undefined;
  #told: ReachState = { state: 'unserved' };
  #cancelNews: (() => void) | undefined;
  /** Who wants to know whether this client is found, at the next news. */
  readonly #waiting = new Set<() => void>();

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  get state(): ReachState {
    return this.#facts ? reachStateOf(this.#facts) : { state: 'unserved' };
  }

  /** True when the tracker has found this client somewhere, be it for this machine alone. */
  get isFound(): boolean {
    return (this.#facts?.proven ?? []).length > 0;
  }

  /**
   * Resolves to whether this client was found, as soon as that is known, or when the signal is aborted. It is not
   * known while a router is asked, or passes something on of which the tracker has not heard.
   */
  async whenKnown(signal: AbortSignal): Promise<boolean> {
    const isKnown = (): boolean => this.isFound || (this.#isLookedAt && !this.#isRouterPending);
    while (!isKnown() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return this.isFound;
  }

  get #isLookedAt(): boolean {
    return this.#facts !== undefined && isLookedAt(this.#facts);
  }

  get #isRouterPending(): boolean {
    if (this.#options.isRouterAsked?.()) return true;
    const claimed = this.#facts?.claimed ?? [];
    const mapped = this.#options.mapped?.() ?? [];
    return !mapped.every((one) => claimed.some((other) => isSame(one, other)));
  }

  /** What was claimed, and what came of it; undefined while nothing is served. */
  get found(): ReachFacts | undefined {
    return this.#facts;
  }

  /** Offers the candidates of a client that listens there, in place of those before. */
  async register(calls: TrackerCalls, listening: readonly PeerAddress[]): Promise<void> {
    const said = await this.#options.announced.resolve();
    const announced = [...said, ...(this.#options.mapped?.() ?? [])];
    const claimed = ownCandidates({ announced, listening, own: this.#options.own() });
    // What the tracker finds may be told before its answer is read.
    const { isLoopbackMeant } = this.#options;
    const facts = {
      isLoopbackMeant,
      listening,
      claimed,
      dialled: claimed,
      seen: undefined,
      late: this.#options.late?.(),
      // What was just tried is not tried again for a while.
      tried: this.#facts?.tried ?? [],
    };
    this.#facts = { ...facts, proven: undefined };
    const { addresses: dialled, seen } = await calls.call('goOnline', {
      addresses: claimed,
      ...(this.#options.isRelaying === true && { relays: true }),
    });
    const isDialled = (one: PeerAddress): boolean => dialled.some((other) => isSame(one, other));
    this.#facts = { ...this.#facts, dialled, seen, tried: this.#facts.tried.filter(isDialled) };
    this.#wake();
    this.#newsSoon();
  }

  /** The tracker has looked. */
  onReach({ addresses: proven, tried = [] }: TrackerNotifications['reach']): void {
    if (!this.#facts) return;
    const before = this.#facts.tried.filter((one) => !tried.some((other) => isSame(one, other)));
    this.#facts = { ...this.#facts, proven, tried: [...tried, ...before] };
    this.#wake();
    this.#newsSoon();
  }

  /** The router has answered, or will not. */
  onRouterAnswered(): void {
    this.#wake();
    if (this.#facts) this.#newsSoon();
  }

  /** Nothing is served any more. */
  end(): void {
    this.#cancelNews?.();
    this.#cancelNews = undefined;
    this.#facts = undefined;
    this.#told = { state: 'unserved' };
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Several dials end at about the same time: one line tells of all. */
  #newsSoon(): void {
    this.#cancelNews ??= this.#options.later(REACH_NEWS_MS, () => {
      this.#cancelNews = undefined;
      const { state } = this;
      if (isDeepStrictEqual(state, this.#told)) return;
      if (state.state === 'looking' || state.state === 'local') return;
      if (state.state !== 'reached' && this.#options.isRouterAsked?.()) return;
      this.#told = state;
      this.#options.emit({ type: 'reach', reach: state });
    });
  }
}

function isSame(one: PeerAddress, other: PeerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
