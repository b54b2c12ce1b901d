/**
 * One client's connection: who is logged in on it, from which device and address, and what it
 * has staged. Owns the WebSocket and its bounds; knows nothing of groups or files.
 * Lifecycle: anonymous → logged in → anonymous (logout) → … → closed, which is final.
 */
import type { WebSocket } from 'ws';
import { TrackerError } from '../../net/errors.js';
import { Heartbeat } from '../../net/heartbeat.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import {
  BEATS_PER_TOLD_TIME,
  LINK_CLOSE_TIMEOUT_MS,
  MAX_PENDING_REQUESTS_PER_SESSION,
  MAX_TRACKER_SEND_QUEUE_BYTES,
  TRACKER_REQUEST_TIMEOUT_MS,
} from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import { CALLERS } from '../presence/presence.js';
import { neighbourhoodOf } from '../reach/neighbourhood.js';
import type { TokenBucket } from '../../net/token-bucket.js';
import type { TrackerNotification, TrackerNotifications } from '../../net/tracker-api.js';
import type { Clock } from '../clock.js';
import { Notice } from '../notice.js';
import { MessageIntake } from './message-intake.js';
import type { StagedDescription } from './staged-description.js';
import { textFrame } from '../text-frame.js';

export interface SessionOptions {
  readonly socket: WebSocket;
  /** Writes a whole frame below the WebSocket. @default through the WebSocket */
  readonly writeFrame?: (frame: Buffer) => void;
  /** From the client's certificate; undefined for a client without one. */
  readonly deviceId: string | undefined;
  /** The client's address as we see it. */
  readonly address: string;
  readonly onRequest: (session: Session, method: string, params: unknown) => Promise<unknown>;
  /** Called once, when the connection is gone for whatever reason. */
  readonly onClosed: (session: Session) => void;
  /** Called when a login begins or ends on this connection. */
  readonly onLoginChanged: (session: Session) => void;
  /** Called once when the client sends more than it may, or what is no message; it is let go. */
  readonly onExcess: (session: Session) => void;
  readonly onUnforeseen: (error: unknown) => void;
  readonly clock: Pick<Clock, 'steadyMs' | 'delay'>;
}

/** Who is logged in. */
export interface Login {
  readonly userId: string;
  readonly tokenHash: string;
}

/** WebSocket close codes. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const AGAINST_THE_RULES = 1008;

export class Session {
  readonly deviceId: string | undefined;
  readonly address: string;
  /** To whom the address belongs when shares are counted. */
  readonly network: string;
  /** The client calls others, and answers when it is called. */
  calls = false;
  /** The description that this session is about to share. */
  staged: StagedDescription | undefined;
  /** Its client is connected to this tracker, and to no other one. */
  readonly isHere = true;
  /** Set while a login is being judged: what was sent behind it waits for that. */
  entering: Promise<void> | undefined;
  readonly #options: SessionOptions;
  readonly #rpc: JsonRpcConnection;
  readonly #intake: MessageIntake;
  readonly #seenAt: readonly string[];
  readonly #callsFrom: readonly string[];
  #login: Login | undefined;
  readonly #heartbeat = new Heartbeat();
  /** Since the client was told the time. */
  #beatsUntold = 0;
  #isOpen = true;
  #hasTakenLeave = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.deviceId = options.deviceId;
    this.address = options.address;
    this.network = networkOf(options.address);
    this.#seenAt = neighbourhoodOf(options.address);
    this.#callsFrom = [...this.#seenAt, CALLERS];
    this.#rpc = new JsonRpcConnection({
      send: (text) => this.#send(text),
      onRequest: (method, params) => options.onRequest(this, method, params),
      onNotification: () => undefined,
      maxPending: MAX_PENDING_REQUESTS_PER_SESSION,
      requestTimeoutMs: TRACKER_REQUEST_TIMEOUT_MS,
      onUnforeseen: options.onUnforeseen,
      // Never an honest client's: its library makes no such text.
      onMalformed: () => this.#letGo(),
    });
    this.#intake = new MessageIntake({
      clock: options.clock,
      receive: (text) => this.#receive(text),
      pause: () => options.socket.pause(),
      resume: () => options.socket.resume(),
      onExcess: () => this.#letGo(),
    });
    this.#listen(options.socket);
  }

  /** False once the connection is gone or going; nothing may be registered for it then. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The client ended the connection in order, as one that ends or logs in elsewhere does; a network that is away does not. */
  get hasTakenLeave(): boolean {
    return this.#hasTakenLeave;
  }

  /** Takes what came along with the request for the connection, like its first messages. */
  receiveEarly(texts: readonly string[]): void {
    for (const text of texts) this.#intake.push(text);
  }

  /** Where the client is seen, and whether it calls: some peers and addresses are told only there. */
  get places(): readonly string[] {
    return this.calls ? this.#callsFrom : this.#seenAt;
  }

  /** True while a request of the client is not answered. */
  get isWorking(): boolean {
    return this.#rpc.workingCount > 0;
  }

  /** Who is logged in on this connection, if anyone. */
  get login(): Login | undefined {
    return this.#login;
  }

  /** A user is logged in from now on, whose connections share this bucket of messages. */
  beginLogin(login: Login, messages: TokenBucket): void {
    this.#login = login;
    this.#intake.onLoginChanged(messages);
    this.#options.onLoginChanged(this);
  }

  /** Nobody is logged in any more. */
  endLogin(): void {
    this.#login = undefined;
    this.#intake.onLoginChanged(undefined);
    this.#options.onLoginChanged(this);
  }

  /** Sends a notification; dropped when the connection is gone. */
  push<N extends TrackerNotification>(name: N, params: TrackerNotifications[N]): void {
    this.tell(new Notice(name, params));
  }

  /** The same of what others are told too. */
  tell(notice: Notice): void {
    if (this.#isOpen) this.#send(notice.text, () => notice.frame);
  }

  /** Tells the client why, and closes. */
  end(code: string, message: string): void {
    this.push('sessionEnded', { code, message });
    this.#close(NORMAL);
  }

  /** Closes because the tracker stops, or has to begin anew with everybody; `advice`: within which time to come back (net/return-advice.ts). */
  goAway(advice = ''): void {
    this.#close(GOING_AWAY, advice);
  }

  /** Asks a client that was silent whether it is alive, drops one that stays so, and tells the time now and then. */
  beat(time: Buffer): void {
    const beat = this.#heartbeat.beat();
    if (beat === 'dead') return this.#options.socket.terminate();
    if (beat === 'alive' && ++this.#beatsUntold < BEATS_PER_TOLD_TIME) return;
    this.#beatsUntold = 0;
    this.#options.socket.ping(time);
  }

  #listen(socket: WebSocket): void {
    socket.on('message', (data, isBinary) => this.#onMessage(data as Buffer, isBinary));
    socket.on('pong', () => {
      this.#heartbeat.onSignOfLife();
      this.#intake.pushControl();
    });
    socket.on('ping', () => {
      this.#heartbeat.onSignOfLife();
      this.#intake.pushControl();
    });
    // Frame errors and resets: `close` follows and does what has to be done.
    socket.on('error', () => socket.terminate());
    socket.on('close', (code: number) => {
      // Of one that was ended here the answer says nothing.
      if (this.#isOpen) this.#hasTakenLeave = code === NORMAL;
      this.#onClosed();
    });
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) return this.#close(NORMAL);
    this.#heartbeat.onSignOfLife();
    this.#intake.push(data.toString('utf8'));
  }

  /** A callback of socket and timer: a fault in it costs this connection, not the process. */
  #receive(text: string): void {
    try {
      this.#rpc.receive(text);
    } catch (error) {
      this.#options.onUnforeseen(error);
      this.#options.socket.terminate();
    }
  }

  /** Closes on who does not keep to the rules; they are not read, and get a moment to hear why. */
  #letGo(): void {
    const { socket, clock, onExcess } = this.#options;
    if (!this.#isOpen) return;
    onExcess(this);
    this.#close(AGAINST_THE_RULES);
    socket.pause();
    const cancel = clock.delay(() => socket.terminate(), LINK_CLOSE_TIMEOUT_MS);
    socket.once('close', cancel);
  }

  #send(text: string, frame = () => textFrame(text)): void {
    const { socket, writeFrame } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_TRACKER_SEND_QUEUE_BYTES) return socket.terminate();
    if (writeFrame) writeFrame(frame());
    else socket.send(text);
  }

  #close(code: number, reason?: string): void {
    this.#options.socket.close(code, reason);
    this.#onClosed();
  }

  #onClosed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#intake.close();
    this.#rpc.close(new TrackerError('CONNECTION_LOST', 'the client is gone'));
    this.#options.onClosed(this);
  }
}
