/**
 * One WebSocket connection to a tracker: dialled, its key checked, its pings kept up, closed.
 * The key is checked before the first byte of HTTP, so a wrong tracker learns nothing but that
 * this device called. The only importer of `ws` in the client.
 */
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { KEEPS_ANSWERS_HEADER } from '../../net/asked-once.js';
import { plainAddress, withoutZone } from '../../net/address-scope.js';
import { display } from '../../net/display.js';
import { EARLY_CALLS_HEADER, encodeEarlyCalls } from '../../net/early-calls.js';
import { bug, TrackerError } from '../../net/errors.js';
import { Heartbeat } from '../../net/heartbeat.js';
import {
  LINK_FAREWELL_MS,
  MAX_CONTROL_FRAME_BYTES,
  MAX_TRACKER_SEND_QUEUE_BYTES,
} from '../../net/limits.js';
import { isOwnAddress } from '../../net/own-addresses.js';
import { decodeReturnAdvice } from '../../net/return-advice.js';
import { decodeToldTime } from '../../net/told-time.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressText } from './address-text.js';
import type { ReachTarget, Shown } from './dial-address.js';
import { reachTracker, type AcceptedTls } from './reach-tracker.js';

const PATH = '/v1';
/** WebSocket close codes: all is well; a message type that is not spoken here. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/** Whom to dial, and what is heard of it. */
export interface TrackerTarget extends ReachTarget {
  /** Between two pings; a second one without a sign of life ends the connection. */
  readonly pingIntervalMs: number;
  /** So long an address may keep the upgrade waiting while others are left. */
  readonly upgradeMs: number;
  /** Is dialled already, and tried first; whoever handed it in ends it when the dial fails. */
  readonly found?: Shown | undefined;
  /** Hears at which address a tracker was reached whose key was accepted. */
  readonly onReached?: (host: string) => void;
  /** Hears what time it is at the tracker, with each of its pings. */
  readonly onTime?: (nowMs: number) => void;
}

export interface TrackerSocketEvents {
  /** Texts that can go along with the upgrade, once the key is accepted; it may fail, and another one be sent. */
  readonly early: () => readonly string[];
  /** Hears that the first so many of them have gone out on the socket that came through. */
  readonly onEarlySent: (count: number) => void;
  /** Hears that anything came, be it a part of a message. */
  readonly onSignOfLife: () => void;
  /** Hears that the tracker is pinged because it was silent for long. */
  readonly onHeartbeat: () => void;
  /** Hears each message. Must not throw. */
  readonly onText: (text: string) => void;
  /**
   * Hears once that a connection which was open has ended, whoever ended it. `spreadMs`: within which time the
   * tracker wants its clients back, if it said so.
   */
  readonly onClosed: (error: TrackerError, spreadMs: number | undefined) => void;
}

/** An open connection to a tracker whose key was accepted. */
export class TrackerSocket {
  /** At which of its addresses it was reached. */
  readonly tracker: PeerAddress;
  readonly #socket: WebSocket;
  /** Our own address on it. */
  readonly #from: string | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Set before anybody gets to see the socket. */
  #trackerId: string | undefined;
  #keepsAnswers = false;
  /** Said by us of the end that we make. */
  #endedFor: string | undefined;
  /** Who dials hears of no end before that: another address may do. */
  readonly #hold: () => void;
  /** What is to be called when the answer to the last ping of somebody is there. */
  #awaited: { readonly word: string; readonly onAnswer: () => void } | undefined;
  /** Pings sent since the last sign of life. */
  readonly #heart = new Heartbeat();

  /**
   * Dials, checks the key, upgrades.
   * @throws TrackerError IDENTITY_CHANGED, an AbortError, or the error of the network as it is
   */
  static async dial(
    target: TrackerTarget,
    signal: AbortSignal,
    events: TrackerSocketEvents,
  ): Promise<TrackerSocket> {
    const { found, upgradeMs } = target;
    return reachTracker(target, { signal, enterMs: upgradeMs, found }, async (accepted) => {
      const { tls, tracker, note } = accepted;
      const host = tls.remoteAddress;
      // It may have ended while the key was looked up; of that no WebSocket would hear any more.
      if (tls.destroyed) throw tls.errored ?? hungUp();
      // What went along with an upgrade that failed goes along with the next: it asks, and changes nothing.
      const early = events.early();
      const { header, rest } = encodeEarlyCalls(early);
      const upgrading = upgrade(tls, tracker, header);
      // Listening starts before the upgrade ends: a first message may come along with it.
      const socket = new TrackerSocket(upgrading, accepted, target, events);
      let wereTaken = false;
      upgrading.once('upgrade', ({ headers }) => {
        wereTaken = EARLY_CALLS_HEADER in headers;
        socket.#keepsAnswers = KEEPS_ANSWERS_HEADER in headers;
      });
      await once(upgrading, 'open', { signal: accepted.signal });
      // Only now it is a tracker: who is none must not stand for the one that is meant.
      socket.#trackerId = await note();
      if (host !== undefined) target.onReached?.(host);
      // Somebody between us and the tracker may have left the header out.
      for (const text of wereTaken ? rest : early) socket.send(text);
      events.onEarlySent(early.length);
      socket.#hold();
      return socket;
    });
  }

  private constructor(
    socket: WebSocket,
    { tls, tracker }: AcceptedTls,
    target: TrackerTarget,
    events: TrackerSocketEvents,
  ) {
    const { localAddress } = tls;
    this.#socket = socket;
    this.tracker = tracker;
    this.#from = localAddress && withoutZone(plainAddress(localAddress));
    let isHeld = false;
    let tellEnd: (() => void) | undefined;
    this.#hold = () => {
      isHeld = true;
      tellEnd?.();
    };
    // `close` follows every error; without a listener an error would end the process.
    socket.on('error', () => undefined);
    socket.on('open', () => {
      this.#heartbeat = setInterval(() => this.#onHeartbeat(events), target.pingIntervalMs);
      tls.on('data', () => events.onSignOfLife());
    });
    socket.on('pong', (payload) => {
      this.#heart.onSignOfLife();
      this.#onPong(String(payload));
    });
    socket.on('ping', (payload) => {
      this.#heart.onSignOfLife();
      const nowMs = decodeToldTime(payload);
      if (nowMs !== undefined) target.onTime?.(nowMs);
    });
    socket.on('message', (data, isBinary) => {
      this.#heart.onSignOfLife();
      if (isBinary) socket.close(UNSUPPORTED_DATA);
      else events.onText((data as Buffer).toString());
    });
    socket.on('close', (code, reason) => {
      clearInterval(this.#heartbeat);
      tellEnd = () => {
        const spreadMs = decodeReturnAdvice(String(reason));
        const said = this.#endedFor ?? (spreadMs === undefined ? String(reason) : '');
        events.onClosed(connectionLost(tracker, code, said), spreadMs);
      };
      if (isHeld) tellEnd();
    });
  }

  /**
   * The tracker's identity: its device id, or its name where an authority vouches for that
   * (then the key may change without it being another tracker); see known-trackers.ts.
   */
  get trackerId(): string {
    return this.#trackerId ?? bug('a socket before its tracker was noted');
  }

  /** A change that is asked for again is not done twice there; see net/asked-once.ts. */
  get keepsAnswers(): boolean {
    return this.#keepsAnswers;
  }

  /** True while bytes of ours have not left this machine. */
  get isSending(): boolean {
    return this.#socket.bufferedAmount > 0;
  }

  /** Puts one message on the connection; dropped when that has ended. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // A tracker that reads nothing for so long is as good as gone.
    if (this.#socket.bufferedAmount > MAX_TRACKER_SEND_QUEUE_BYTES) this.#socket.terminate();
    else this.#socket.send(text);
  }

  /** Pings; `onAnswer` is called when the answer to just that is there, unless another one was sent meanwhile. */
  ping(onAnswer: () => void): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const word = String(performance.now());
    this.#awaited = { word, onAnswer };
    this.#socket.ping(word);
  }

  /** Asks for a sign of life. */
  probe(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** Cuts the connection to a tracker that hangs. */
  giveUp(): void {
    this.#endedFor = 'it does not answer';
    this.#socket.terminate();
  }

  /** Cuts the connection when this machine does not have the address any more from which it was made. */
  endIfStranded(): void {
    if (this.#from !== undefined && !isOwnAddress(this.#from)) this.#socket.terminate();
  }

  /**
   * Ends the connection, politely; idempotent, resolves when nothing is left of it. Nobody waits for a
   * tracker that is far away: that we go has been sent, and the system delivers it.
   */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => {
      this.#socket.once('close', resolve);
    });
    const impatience = setTimeout(() => this.#socket.terminate(), LINK_FAREWELL_MS);
    this.#socket.close(NORMAL_CLOSURE);
    await closed;
    clearTimeout(impatience);
  }

  #onPong(word: string): void {
    const awaited = this.#awaited;
    if (awaited?.word !== word) return;
    this.#awaited = undefined;
    awaited.onAnswer();
  }

  #onHeartbeat({ onHeartbeat }: Pick<TrackerSocketEvents, 'onHeartbeat'>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const beat = this.#heart.beat();
    if (beat === 'dead') return this.#socket.terminate();
    if (beat === 'alive') return;
    this.#socket.ping();
    onHeartbeat();
  }
}

function upgrade(tls: TLSSocket, tracker: PeerAddress, earlyCalls: string): WebSocket {
  // Which of our interfaces leads there is nobody else's business, and no URL may say it (RFC 9110).
  const host = tracker.host.replace(/%.*$/, '');
  return new WebSocket(`wss://${addressText({ ...tracker, host })}${PATH}`, {
    createConnection: () => tls,
    ...(earlyCalls !== '' && { headers: { [EARLY_CALLS_HEADER]: earlyCalls } }),
    maxPayload: MAX_CONTROL_FRAME_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  });
}

/** As the system says it of a connection that the other end has closed. */
function hungUp(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

function connectionLost(tracker: PeerAddress, code: number, reason: string): TrackerError {
  const said = reason === '' ? `code ${code}` : display(reason);
  return new TrackerError(
    'CONNECTION_LOST',
    `the connection to the tracker at ${addressText(tracker)} was lost (${said}); it is dialled again, try again in a moment`,
  );
}
