/**
 * The ways to a peer that cannot be dialled, or does not answer: it is called, and comes to this client
 * where the tracker found it; or both meet at a relay, the tracker's or a member's. Of relays there are two
 * ways, so that one that stalls holds nothing up. Owns how many calls wait, and which relays are avoided.
 */
import { createCallId } from '../../net/call-id.js';
import { deadlineOf } from '../../net/deadline.js';
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { PeerError, type ErrorCode, type P2pError, type WireError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import { CALL_TIMEOUT_MS, CALLER_LOOK_WAIT_MS, MAX_CALLS_AT_A_TIME } from '../../net/limits.js';
import {
  TRACKERS_RELAY,
  type CallOutcome,
  type CallWay,
  type OnlinePeer,
  type SessionInfo,
  type TrackerMethods,
} from '../../net/tracker-api.js';
import type { MetPeer, PeerSessionTask } from '../../workers/messages/peer-session.js';
import type { AccountLink } from '../account/account-link.js';
import type { Reachability } from '../sharing/reachability.js';
import type { RelayPlaces } from '../sharing/relay-places.js';
import type { AnsweredIn, Serving } from '../sharing/serving.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import { AvoidedRelays } from './avoided-relays.js';
import type { BeginSession, Way } from './way-race.js';

/** Before a peer's first word over a relay, this is what the relay has come to. */
const NOTHING_COME: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PEER_UNREACHABLE',
  'PEER_IDENTITY',
  'CONNECTION_LOST',
  'TIMEOUT',
]);

type CallAnswer = TrackerMethods['call']['result'];

/** What a session is begun with, but for how the peer is met. */
export type SessionRequest = Omit<PeerSessionTask, 'port' | 'slotMemoryBytes' | 'met'>;

export interface LateWaysOptions {
  readonly link: Pick<AccountLink, 'calls' | 'session' | 'isConnected'>;
  readonly pool: () => Pick<TransferPool, 'startPeerSession'>;
  readonly serving: Pick<Serving, 'expect'>;
  readonly reach: Pick<Reachability, 'isFound' | 'whenKnown'>;
  /** Listens and goes online. @throws P2pError */
  readonly listen: () => Promise<unknown>;
  /** Has this machine's router pass the port on, if it does that; `reach` knows when it has answered. */
  readonly askRouter: () => void;
  readonly relays: Pick<RelayPlaces, 'placeOf'>;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
  readonly later: Later;
}

/** What is wanted of whom. */
export interface WantedPeer {
  readonly groupId: string;
  readonly fileId: string;
  readonly peer: OnlinePeer;
  /** As it is when the session is begun: a ticket may have been renewed meanwhile. */
  readonly request: () => SessionRequest;
}

export class LateWays {
  readonly #options: LateWaysOptions;
  readonly #avoided: AvoidedRelays;
  #waiting = 0;

  constructor(options: LateWaysOptions) {
    this.#options = options;
    this.#avoided = new AvoidedRelays(options.nowMs);
  }

  /** True when there are any to this peer now. */
  isThere({ calls }: OnlinePeer): boolean {
    const { link } = this.#options;
    return calls === true && link.isConnected && this.#waiting < MAX_CALLS_AT_A_TIME;
  }

  /** The ways, the better one first. */
  to(wanted: WantedPeer): readonly Way[] {
    const called = { isRelay: false, open: (signal: AbortSignal) => this.#call(wanted, signal) };
    const { calls, relays } = this.#info ?? {};
    if (calls !== true && relays !== true) return [called];
    const used = new Set<string>();
    const open = (signal: AbortSignal): Promise<BeginSession> => this.#meet(wanted, used, signal);
    const relayed = (): Way => ({ isRelay: true, open });
    return [called, relayed(), relayed()];
  }

  get #info(): SessionInfo | undefined {
    return this.#options.link.session?.info;
  }

  async #call(wanted: WantedPeer, signal: AbortSignal): Promise<BeginSession> {
    const { reach, listen, askRouter } = this.#options;
    this.#waiting++;
    const callId = createCallId();
    let takeBack: (() => void) | undefined;
    try {
      if (!reach.isFound) {
        await listen();
        // Whoever comes and goes needs a router only here, where somebody has to come.
        askRouter();
        const patience = deadlineOf(signal, CALLER_LOOK_WAIT_MS);
        const isFound = await reach.whenKnown(patience.signal).finally(patience.release);
        if (!isFound) throw unreached();
      }
      const answered = this.#expect(callId, wanted.peer.deviceId, signal);
      takeBack = answered.takeBack;
      required(await this.#ask(wanted, callId, 'direct'));
      const at = await answered.at;
      return this.#beginner(wanted, { way: 'called', callId }, at);
    } finally {
      this.#waiting--;
      takeBack?.();
    }
  }

  /** Rejects when nobody comes in time; whoever comes later is not expected any more. */
  #expect(
    callId: string,
    deviceId: string,
    signal: AbortSignal,
  ): { readonly at: Promise<AnsweredIn>; readonly takeBack: () => void } {
    const { serving, later } = this.#options;
    const { promise: at, resolve, reject } = deferred<AnsweredIn>();
    // It may be given up before anybody waits for it.
    leaveToWaiters(at);
    const forget = serving.expect(callId, deviceId, resolve);
    const giveUp = (): void => reject(unanswered());
    const cancel = later(CALL_TIMEOUT_MS, giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
    const takeBack = (): void => {
      cancel();
      forget();
      signal.removeEventListener('abort', giveUp);
    };
    return { at, takeBack };
  }

  /** `used`: the relays of this race, which are not asked for again. */
  async #meet(wanted: WantedPeer, used: Set<string>, signal: AbortSignal): Promise<BeginSession> {
    const { relayKey: key, relay } = await this.#askForRelay(wanted, used);
    const name = relay?.deviceId ?? TRACKERS_RELAY;
    used.add(name);
    const place = await this.#options.relays.placeOf(wanted.groupId, relay);
    if (!place) this.#avoided.onFault(name);
    if (key === undefined || !place || signal.aborted) throw unrelayed();
    const begin = this.#beginner(wanted, { way: 'relayed', relay: place, key });
    return (onMessage) => {
      let isOfRelay = true;
      return begin((message) => {
        // What has brought the peer's word was no fault of the relay, and a want of this machine is none.
        if (message.type === 'ready' || message.type === 'not-dialled') isOfRelay = false;
        if (message.type === 'ended' && isOfRelay && isNothingCome(message.error)) {
          this.#avoided.onFault(name);
        }
        onMessage(message);
      });
    };
  }

  async #askForRelay(wanted: WantedPeer, used: ReadonlySet<string>): Promise<CallAnswer> {
    const ask = (without: readonly string[]): Promise<CallAnswer> =>
      this.#ask(wanted, createCallId(), 'relay', without);
    const without = this.#avoided.with(used);
    const answer = await ask(without);
    if (answer.outcome !== 'unrelayed' || without.length === used.size) return required(answer);
    // A relay that may be at fault is better than none.
    this.#avoided.forgive();
    return required(await ask([...used]));
  }

  #beginner(wanted: WantedPeer, met: MetPeer, beside?: AnsweredIn): BeginSession {
    const { pool } = this.#options;
    return (onMessage) =>
      pool().startPeerSession({ ...wanted.request(), addresses: [], met }, onMessage, beside);
  }

  /** Has the tracker call. */
  async #ask(
    { groupId, fileId, peer: { deviceId } }: WantedPeer,
    callId: string,
    way: CallWay,
    without: readonly string[] = [],
  ): Promise<CallAnswer> {
    const calls = await this.#options.link.calls();
    const besides = without.length > 0 ? { without } : {};
    return calls.call('call', { groupId, fileId, deviceId, callId, way, ...besides });
  }
}

/** True when nothing of the peer came through; with any other code it has refused, or broken the rules. */
function isNothingCome(error: WireError | undefined): boolean {
  return error !== undefined && NOTHING_COME.has(error.code);
}

/** @throws PeerError when it comes to nothing */
function required(answer: CallAnswer): CallAnswer {
  if (answer.outcome !== 'called') throw failureOf(answer.outcome);
  return answer;
}

function failureOf(outcome: Exclude<CallOutcome, 'called'>): P2pError {
  switch (outcome) {
    case 'absent':
      return new PeerError('PEER_UNREACHABLE', 'it cannot be called, because it has just left');
    case 'unreached':
      return unreached();
    case 'unrelayed':
      return unrelayed();
  }
}

function unreached(): PeerError {
  return new PeerError(
    'PEER_UNREACHABLE',
    'it cannot come here, because nobody reaches this client either',
  );
}

function unanswered(): PeerError {
  return new PeerError('PEER_UNREACHABLE', 'it was called and has not come');
}

function unrelayed(): PeerError {
  return new PeerError('PEER_UNREACHABLE', 'nobody relays between it and this client now');
}
