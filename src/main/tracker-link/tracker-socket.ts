/**
 * One WebSocket connection to a tracker: dialled, its key checked, its pings kept up, closed.
 * The key is checked before the first byte of HTTP, so a wrong tracker learns nothing but that
 * this device called. The only importer of `ws` in the client.
 */
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { plainAddress, withoutZone } from '../../net/address-scope.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { display } from '../../net/display.js';
import { EARLY_CALLS_HEADER, encodeEarlyCalls } from '../../net/early-calls.js';
import { TrackerError } from '../../net/errors.js';
import { Heartbeat } from '../../net/heartbeat.js';
import { isIPAddress } from '../../net/ip-address.js';
import {
  LINK_FAREWELL_MS,
  MAX_CONTROL_FRAME_BYTES,
  MAX_TRACKER_SEND_QUEUE_BYTES,
} from '../../net/limits.js';
import { isOwnAddress } from '../../net/own-addresses.js';
import { decodeReturnAdvice } from '../../net/return-advice.js';
import {
  clientTlsOptions,
  trackerIdentity,
  vouchableTlsOptions,
  type TrackerIdentity,
} from '../../net/tls-identity.js';
import { decodeToldTime } from '../../net/told-time.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import type { KnownTrackers, Meeting } from './known-trackers.js';
import { addressText } from './address-text.js';

const PATH = '/v1';
/** WebSocket close codes: all is well; a message type that is not spoken here. */
const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;

/** Whom to dial, as whom, and whom to expect. */
export interface TrackerTarget {
  readonly tracker: PeerAddress;
  readonly credentials: DeviceCredentials;
  readonly knownTrackers: KnownTrackers;
  /** What it has to prove besides, as somebody said who is trusted. */
  readonly expected?: ExpectedTracker | undefined;
  /** Between two pings; a second one without a sign of life ends the connection. */
  readonly pingIntervalMs: number;
  /** Hears that a dial is under way: for a moment there is nothing to do but wait. */
  readonly onDialling?: () => void;
  /** Hears that the tracker was met for the first time, and what it showed. */
  readonly onMet?: (how: Meeting['how'], deviceId: string) => void;
  /** Hears at which address a tracker was reached whose key was accepted. */
  readonly onReached?: (host: string) => void;
  /** Hears what time it is at the tracker, with each of its pings. */
  readonly onTime?: (nowMs: number) => void;
}

export interface TrackerSocketEvents {
  /** Texts that can go along with the upgrade, once the key is accepted; `send` takes what did not fit. */
  readonly early: () => readonly string[];
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
  /**
   * The tracker's identity: its device id, or its name where an authority vouches for that
   * (then the key may change without it being another tracker); see known-trackers.ts.
   */
  readonly trackerId: string;
  readonly #socket: WebSocket;
  /** Our own address on it. */
  readonly #from: string | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
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
    const { tls, trackerId } = await dialKnown(target, signal);
    if (tls.remoteAddress !== undefined) target.onReached?.(tls.remoteAddress);
    try {
      // It may have ended while the key was looked up; of that no WebSocket would hear any more.
      if (tls.destroyed) throw tls.errored ?? hungUp();
      const early = events.early();
      const { header, rest } = encodeEarlyCalls(early);
      const upgrading = upgrade(tls, target.tracker, header);
      // Listening starts before the upgrade ends: a first message may come along with it.
      const from = tls.localAddress && withoutZone(plainAddress(tls.localAddress));
      const socket = new TrackerSocket(upgrading, { trackerId, from }, target, events);
      let wereTaken = false;
      upgrading.once('upgrade', ({ headers }) => (wereTaken = EARLY_CALLS_HEADER in headers));
      await once(upgrading, 'open', { signal });
      // Somebody between us and the tracker may have left the header out.
      for (const text of wereTaken ? rest : early) socket.send(text);
      return socket;
    } catch (error) {
      tls.destroy();
      throw error;
    }
  }

  private constructor(
    socket: WebSocket,
    { trackerId, from }: { readonly trackerId: string; readonly from: string | undefined },
    target: TrackerTarget,
    events: TrackerSocketEvents,
  ) {
    this.#socket = socket;
    this.trackerId = trackerId;
    this.#from = from;
    let wasOpen = false;
    const onClosed = (reason: string, code: number): void => {
      const spreadMs = decodeReturnAdvice(reason);
      const said = spreadMs === undefined ? reason : '';
      events.onClosed(connectionLost(target.tracker, code, said), spreadMs);
    };
    // `close` follows every error; without a listener an error would end the process.
    socket.on('error', () => undefined);
    socket.on('open', () => {
      wasOpen = true;
      this.#heartbeat = setInterval(() => this.#onHeartbeat(), target.pingIntervalMs);
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
      if (wasOpen) onClosed(String(reason), code);
    });
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

  #onHeartbeat(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const beat = this.#heart.beat();
    if (beat === 'dead') this.#socket.terminate();
    else if (beat === 'silent') this.#socket.ping();
  }
}

/** A connection to the tracker whose key was accepted. */
interface AcceptedTls {
  readonly tls: TLSSocket;
  readonly trackerId: string;
}

/** Authorities are only asked about a tracker whose key is not noted. */
async function dialKnown(target: TrackerTarget, signal: AbortSignal): Promise<AcceptedTls> {
  const { tracker, knownTrackers, credentials, expected, onMet } = target;
  const met = await knownTrackers.howMet(tracker);
  const isByKey = (met ?? expected)?.how === 'key';
  const optionsFor = isByKey ? clientTlsOptions : vouchableTlsOptions;
  const { tls, identity } = await dialTls(target, optionsFor(credentials), signal);
  try {
    if (expected) requireExpected(tracker, expected, identity);
    const { trackerId, how, isFirst } = await knownTrackers.check(tracker, identity);
    // Who was told beforehand what it shows trusts nothing blindly.
    if (isFirst && expected === undefined) onMet?.(how, identity.deviceId);
    return { tls, trackerId };
  } catch (error) {
    tls.destroy();
    throw error;
  }
}

/** @throws TrackerError INVITE_INVALID */
function requireExpected(
  tracker: PeerAddress,
  expected: ExpectedTracker,
  { deviceId, isVouched }: TrackerIdentity,
): void {
  if (expected.how === 'key' ? deviceId === expected.deviceId : isVouched) return;
  const lack =
    expected.how === 'key'
      ? `it shows the key SHA256:${deviceId}, and the link names SHA256:${expected.deviceId}`
      : 'no authority of this machine vouches for it';
  throw new TrackerError(
    'INVITE_INVALID',
    `the tracker at ${addressText(tracker)} is not the one that this link is of: ${lack}; nothing was told to it, ask whoever sent the link`,
  );
}

async function dialTls(
  { tracker: { host, port }, onDialling }: TrackerTarget,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<{ tls: TLSSocket; identity: TrackerIdentity }> {
  const name = !isIPAddress(host) ? { servername: host } : {};
  const tls = connect({ ...options, host, port, ...name });
  // Else the upgrade waits until the tracker has confirmed what ends the handshake, for a round trip.
  tls.setNoDelay(true);
  onDialling?.();
  // Errors between two waits end the next wait; here they only must not end the process.
  tls.on('error', () => undefined);
  try {
    await once(tls, 'secureConnect', { signal });
    return { tls, identity: trackerIdentity(tls) };
  } catch (error) {
    tls.destroy();
    throw error;
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
