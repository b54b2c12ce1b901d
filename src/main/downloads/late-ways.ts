/**
 * The ways to a peer that cannot be dialled, or does not answer: it is called, and comes to this client
 * where the tracker found it; or both meet at the tracker's relay. Owns nothing but how many calls wait.
 */
import { createCallId } from '../../net/call-id.js';
import { deadlineOf } from '../../net/deadline.js';
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { PeerError, type P2pError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import { CALL_TIMEOUT_MS, CALLER_LOOK_WAIT_MS, MAX_CALLS_AT_A_TIME } from '../../net/limits.js';
import type {
  CallOutcome,
  CallWay,
  OnlinePeer,
  PeerAddress,
  SessionInfo,
  TrackerMethods,
} from '../../net/tracker-api.js';
import type { MetPeer, PeerSessionTask } from '../../workers/messages.js';
import type { AccountLink } from '../account/account-link.js';
import type { Reachability } from '../sharing/reachability.js';
import type { AnsweredIn, Serving } from '../sharing/serving.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import type { BeginSession, Way } from './way-race.js';

/** What a session is begun with, but for how the peer is met. */
export type SessionRequest = Omit<PeerSessionTask, 'port' | 'slotMemoryBytes' | 'met'>;

export interface LateWaysOptions {
  readonly link: Pick<AccountLink, 'calls' | 'session' | 'isConnected'>;
  readonly pool: () => Pick<TransferPool, 'startPeerSession'>;
  readonly serving: Pick<Serving, 'expect'>;
  readonly reach: Pick<Reachability, 'isFound' | 'whenKnown'>;
  /** Listens and goes online. @throws P2pError */
  readonly listen: () => Promise<unknown>;
  /** Where the tracker relays. */
  readonly relay: () => PeerAddress | undefined;
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
  #waiting = 0;

  constructor(options: LateWaysOptions) {
    this.#options = options;
  }

  /** True when there are any to this peer now. */
  isThere({ calls }: OnlinePeer): boolean {
    const { link } = this.#options;
    return calls === true && link.isConnected && this.#waiting < MAX_CALLS_AT_A_TIME;
  }

  /** The ways, the better one first. */
  to(wanted: WantedPeer): readonly Way[] {
    const called = { isRelay: false, open: (signal: AbortSignal) => this.#call(wanted, signal) };
    const relayed = { isRelay: true, open: (signal: AbortSignal) => this.#meet(wanted, signal) };
    return this.#info?.relays === true ? [called, relayed] : [called];
  }

  get #info(): SessionInfo | undefined {
    return this.#options.link.session?.info;
  }

  async #call(wanted: WantedPeer, signal: AbortSignal): Promise<BeginSession> {
    const { reach, listen } = this.#options;
    this.#waiting++;
    const callId = createCallId();
    let takeBack: (() => void) | undefined;
    try {
      if (!reach.isFound) {
        await listen();
        const patience = deadlineOf(signal, CALLER_LOOK_WAIT_MS);
        const isFound = await reach.whenKnown(patience.signal).finally(patience.release);
        if (!isFound) throw unreached();
      }
      const answered = this.#expect(callId, wanted.peer.deviceId, signal);
      takeBack = answered.takeBack;
      await this.#ask(wanted, callId, 'direct');
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

  async #meet(wanted: WantedPeer, signal: AbortSignal): Promise<BeginSession> {
    const { relayKey: key } = await this.#ask(wanted, createCallId(), 'relay');
    const relay = this.#options.relay();
    if (key === undefined || !relay || signal.aborted) throw unrelayed();
    return this.#beginner(wanted, { way: 'relayed', relay, key });
  }

  #beginner(wanted: WantedPeer, met: MetPeer, beside?: AnsweredIn): BeginSession {
    const { pool } = this.#options;
    return (onMessage) =>
      pool().startPeerSession({ ...wanted.request(), addresses: [], met }, onMessage, beside);
  }

  /** @throws PeerError when it comes to nothing */
  async #ask(
    { groupId, fileId, peer: { deviceId } }: WantedPeer,
    callId: string,
    way: CallWay,
  ): Promise<TrackerMethods['call']['result']> {
    const calls = await this.#options.link.calls();
    const answer = await calls.call('call', { groupId, fileId, deviceId, callId, way });
    if (answer.outcome !== 'called') throw failureOf(answer.outcome);
    return answer;
  }
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
  return new PeerError('PEER_UNREACHABLE', 'the tracker relays nothing more now');
}
