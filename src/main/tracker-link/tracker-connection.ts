/**
 * One connection to a tracker with its calls: the socket and the JSON-RPC bookkeeping, which
 * begin and end together. It is used once; a lost one is replaced, see tracker-link.ts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isBusyAlert } from '../../net/busy-alert.js';
import { TrackerError, type P2pError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import {
  MAX_PENDING_REQUESTS_PER_SESSION,
  TRACKER_LOOK_MS,
  TRACKER_UPGRADE_WAIT_MS,
} from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressText } from './address-text.js';
import type { Shown } from './dial-address.js';
import type { DoubtPatience } from './doubt-patience.js';
import { HangWatch } from './hang-watch.js';
import { firstBeside, type Look } from './look-at-addresses.js';
import { PatientCalls } from './patient-calls.js';
import { busyDelayMs } from './reconnect-delay.js';
import { checkedCalls, type TrackerCalls } from './tracker-calls.js';
import { TrackerSocket, type TrackerTarget } from './tracker-socket.js';
import { timedOut, trackerUnreachable } from './tracker-unreachable.js';

/** An address that does not answer the upgrade takes this part of the time at most, while others are left. */
const UPGRADE_SHARE = 4;

export interface TrackerConnectionOptions {
  readonly target: Omit<TrackerTarget, 'upgradeMs'>;
  /** Ends the dialling with its reason, a P2pError. */
  readonly signal: AbortSignal;
  /** For TLS and WebSocket handshake together. */
  readonly connectTimeoutMs: number;
  /** For the answer to a call. */
  readonly requestTimeoutMs: number;
  /** Watches over each question until it is answered, with whatever: not over the pauses before it is asked again. */
  readonly watch: <T>(asking: Promise<T>) => Promise<T>;
  /** What was learned of how slow the tracker is; outlives the connection. */
  readonly patience: DoubtPatience;
  /** Makes calls that go along with the dial: they are sent once the tracker's key is accepted. */
  readonly early?: (calls: TrackerCalls) => void;
  readonly onNotification: (name: string, payload: unknown) => void;
  /** Dials again, as long as there is time, when the tracker says that it is busy. @default false */
  readonly isPatient?: boolean;
  /** Hears once that the open connection ended, unless `close` ended it. `spreadMs`: see TrackerSocket. */
  readonly onEnded: (
    connection: TrackerConnection,
    error: P2pError,
    spreadMs: number | undefined,
  ) => void;
}

export class TrackerConnection {
  readonly calls: TrackerCalls;
  readonly #rpc: JsonRpcConnection;
  readonly #onEnded: TrackerConnectionOptions['onEnded'];
  readonly #target: TrackerConnectionOptions['target'];
  readonly #connectTimeoutMs: number;
  readonly #hangWatch: HangWatch<Shown>;
  #wasGivenUp = false;
  /** For which it was given up, until somebody takes it. */
  #found: Shown | undefined;
  /** Put on the socket, or to wait for it, since the beginning. */
  #askedBytes = 0;
  /** Set when the dialling succeeds; nobody gets to see a connection before that. */
  #socket: TrackerSocket | undefined;
  /** Texts for the socket that is being dialled. */
  #waiting: string[] = [];
  #endedBy: P2pError | undefined;
  readonly #ending = new AbortController();

  /** @throws TrackerError TRACKER_UNREACHABLE or IDENTITY_CHANGED, or the signal's reason */
  static async open(options: TrackerConnectionOptions): Promise<TrackerConnection> {
    const connection = new TrackerConnection(options);
    const attempt = new AbortController();
    const onAbort = (): void => attempt.abort(options.signal.reason);
    const timer = setTimeout(() => attempt.abort(timedOut()), options.connectTimeoutMs);
    options.signal.addEventListener('abort', onAbort, { once: true });
    try {
      options.signal.throwIfAborted();
      options.early?.(connection.calls);
      const shareMs = options.connectTimeoutMs / UPGRADE_SHARE;
      const upgradeMs = Math.min(TRACKER_UPGRADE_WAIT_MS, shareMs);
      await connection.#dialUntilTaken(options, { ...options.target, upgradeMs }, attempt.signal);
      return connection;
    } catch (error) {
      const failed = trackerUnreachable(options.target.addresses.current, error);
      connection.#end(failed);
      throw failed;
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
    }
  }

  private constructor(options: TrackerConnectionOptions) {
    this.#onEnded = options.onEnded;
    this.#target = options.target;
    this.#connectTimeoutMs = options.connectTimeoutMs;
    this.#hangWatch = new HangWatch({
      hasOthers: () => this.#others().length > 0,
      isSending: () => this.#socket?.isSending === true,
      patience: options.patience,
      ping: () => this.#socket?.probe(),
      look: (where, calledOff) => this.#look(where, calledOff),
      discard: ({ tls }) => tls.destroy(),
      onHanging: (found) => this.#giveUp(found),
      nowMs: () => performance.now(),
      later: laterByTimer,
      random: Math.random,
    });
    this.#rpc = new JsonRpcConnection({
      send: (text) => {
        this.#askedBytes += Buffer.byteLength(text);
        if (this.#socket) this.#socket.send(text);
        else this.#waiting.push(text);
      },
      onRequest: (method) =>
        Promise.reject(new TrackerError('BAD_REQUEST', `a client does not answer ${method}`)),
      onNotification: options.onNotification,
      maxPending: MAX_PENDING_REQUESTS_PER_SESSION,
      requestTimeoutMs: options.requestTimeoutMs,
    });
    const calls = checkedCalls(this.#rpc);
    this.calls = new PatientCalls({
      calls: {
        call: (method, params) => {
          const before = this.#askedBytes;
          const asking = calls.call(method, params);
          // What was asked is sent, or waits to be, when `call` returns.
          return options.watch(this.#hangWatch.during(asking, this.#askedBytes - before));
        },
      },
      ended: this.#ending.signal,
    });
  }

  /** See TrackerSocket. */
  get trackerId(): string | undefined {
    return this.#socket?.trackerId;
  }

  /** See TrackerSocket. */
  get tracker(): PeerAddress | undefined {
    return this.#socket?.tracker;
  }

  /** See TrackerSocket. */
  get keepsAnswers(): boolean {
    return this.#socket?.keepsAnswers === true;
  }

  /** The tracker hung here and answered on another connection: that ended it, or will in a moment. */
  get wasGivenUp(): boolean {
    return this.#wasGivenUp;
  }

  /** Hands over the connection for which it was given up, if there is one; `close` ends what nobody has taken. */
  takeFound(): Shown | undefined {
    const found = this.#found;
    this.#found = undefined;
    return found;
  }

  /** Why the connection ended; undefined while it is open. */
  get endedBy(): P2pError | undefined {
    return this.#endedBy;
  }

  /** See TrackerSocket. */
  ping(onAnswer: () => void): void {
    this.#socket?.ping(onAnswer);
  }

  /** Ends it, as if it were lost, when the address from which it was made has gone. */
  endIfStranded(): void {
    this.#socket?.endIfStranded();
  }

  /** Ends it, rejects the calls under way with `error`; idempotent, awaits the socket's end. */
  async close(error: P2pError): Promise<void> {
    this.#end(error);
    this.takeFound()?.tls.destroy();
    await this.#socket?.close();
  }

  /** What goes along with the dial is taken from the socket that comes through. */
  async #dialUntilTaken(
    options: TrackerConnectionOptions,
    target: TrackerTarget,
    signal: AbortSignal,
  ): Promise<void> {
    for (let count = 0; ; count++) {
      try {
        return await this.#dial(target, signal);
      } catch (error) {
        if (options.isPatient !== true || !isBusyAlert(error)) throw error;
        const isTimeLeft = await isOver(busyDelayMs(count, Math.random()), signal);
        // Rather what the tracker said than that the time is over.
        if (!isTimeLeft) throw options.signal.aborted ? options.signal.reason : error;
      }
    }
  }

  async #dial(target: TrackerTarget, signal: AbortSignal): Promise<void> {
    this.#socket = await TrackerSocket.dial(target, signal, {
      early: () => [...this.#waiting],
      onEarlySent: (count) => this.#waiting.splice(0, count),
      onSignOfLife: () => this.#hangWatch.onSignOfLife(),
      onHeartbeat: () => this.#hangWatch.onHeartbeat(),
      onText: (text) => this.#rpc.receive(text),
      onClosed: (error, spreadMs) => {
        if (this.#end(error)) this.#onEnded(this, error, spreadMs);
      },
    });
    for (const text of this.#waiting.splice(0)) this.#socket.send(text);
    this.#hangWatch.begin();
  }

  /** Addresses of the tracker besides the one of this connection, those first that are worth a dial. */
  #others(): readonly PeerAddress[] {
    const { addresses } = this.#target;
    const here = this.tracker && addressText(this.tracker);
    const known = [...addresses.candidates(performance.now()), ...addresses.all];
    const others = known.filter((one) => addressText(one) !== here);
    return [...new Map(others.map((one) => [addressText(one), one])).values()];
  }

  /** Nobody is taken from an address to which others are preferred before they had their turn. */
  #look(where: 'elsewhere' | 'anywhere', calledOff: AbortSignal): Promise<Look> {
    const { tracker } = this;
    const others = this.#others();
    if (where === 'elsewhere' || tracker === undefined) {
      return firstBeside(this.#target, others, TRACKER_LOOK_MS, calledOff);
    }
    return firstBeside(this.#target, [tracker, ...others], this.#connectTimeoutMs, calledOff);
  }

  #giveUp(found: Shown): void {
    const { tracker } = this;
    if (tracker === undefined || this.#socket === undefined) return void found.tls.destroy();
    this.#wasGivenUp = true;
    this.#found = found;
    if (addressText(found.tracker) !== addressText(tracker)) {
      const failure = trackerUnreachable(tracker, timedOut());
      this.#target.addresses.onFailed(tracker, failure, performance.now());
    }
    this.#socket.giveUp();
  }

  /** True at the first call. */
  #end(error: P2pError): boolean {
    if (this.#endedBy !== undefined) return false;
    this.#endedBy = error;
    this.#hangWatch.end();
    this.#rpc.close(error);
    this.#ending.abort();
    return true;
  }
}

/** Waits; false when that was given up. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    // The only reason to reject is the abort.
    return false;
  }
}
