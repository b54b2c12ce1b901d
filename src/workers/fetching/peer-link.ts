/**
 * One connection between two devices, as the side that fetches has it: proves who we are, shows the
 * ticket, keeps alive, holds to the rate limit, and ends. It is handed its socket, whoever made it;
 * files, requests and blocks are its owner's.
 *
 *   waiting (for a socket) → proving (in the clear: CHALLENGE is awaited; under TLS: its owner wants a file)
 *   → greeting (HELLO is on its way) → welcome; each of them → ended
 */
import type { OnReadOpts, Socket } from 'node:net';
import { signChallenge, type ChallengeAnswer } from '../../net/challenge.js';
import { deferred } from '../../net/deferred.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { bug, PeerError } from '../../net/errors.js';
import { peerFaultOf } from '../../net/fault.js';
import { FrameBudget } from '../../net/frame-budget.js';
import {
  KiB,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_IDLE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
} from '../../net/limits.js';
import { encodeFrame, type PeerFrame } from '../../net/peer-frames.js';
import { whenPaid } from '../../net/rate-wait.js';
import type { PeerTransport } from '../../net/tracker-api.js';
import { feedFrom } from '../dialling/feed.js';
import { BlockReceiver, type BlockReceiverEvents } from './block-receiver.js';
import { EARLY_LIMITS, peerLimits, type PeerLimits } from './peer-limits.js';
import type { Limiter } from '../dialling/way-limiter.js';

/** Who meets whom on a link, and what it reads with. */
export interface PeerLinkOptions {
  readonly transport: PeerTransport;
  readonly credentials: DeviceCredentials;
  /** The device that is meant to be at the other end. */
  readonly peerDeviceId: string;
  /** The first ticket to show. */
  readonly ticket: Uint8Array;
  /** A view of the thread's whole memory. */
  readonly memory: Buffer;
  readonly limiter: Limiter;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

type Welcome = Extract<PeerFrame, { type: 'welcome' }>;

/** A frame that is not about the connection itself. */
export type FileFrame = Exclude<PeerFrame, { type: 'challenge' | 'welcome' | 'error' | 'ping' }>;

/** What the owner of a link decides and hears; what `on…` throws as a PeerError ends the link. */
export interface PeerLinkEvents extends Pick<
  BlockReceiverEvents,
  'place' | 'onBlockBytes' | 'onBlock'
> {
  /** HELLO is on its way: files may be asked for, and tickets be renewed. */
  readonly onGreeted: () => void;
  readonly onFrame: (frame: FileFrame) => void;
}

/** A socket and what runs while it stands. */
interface Connection {
  readonly socket: Socket;
  readonly pinger: NodeJS.Timeout;
  /** Runs while the peer owes something. */
  deadline?: NodeJS.Timeout;
  /** Runs while the rate limit keeps us from reading. */
  /** Takes back that it is read on. */
  readPause?: (() => void) | undefined;
}

type State =
  | { readonly at: 'waiting' }
  | { readonly at: 'proving' | 'greeting'; readonly connection: Connection }
  | { readonly at: 'welcome'; readonly connection: Connection; readonly limits: PeerLimits }
  | { readonly at: 'ended' };

/** Under TLS the certificate is the proof. */
const NO_PROOF: ChallengeAnswer = { publicKey: Buffer.alloc(0), signature: Buffer.alloc(0) };

/** Where bytes go that arrive after the end; nobody reads them. */
const LEFTOVERS = Buffer.allocUnsafeSlow(64 * KiB);

export class PeerLink {
  /** With what the socket must be made. */
  readonly onread: OnReadOpts;
  readonly #options: PeerLinkOptions;
  readonly #events: PeerLinkEvents;
  readonly #receiver: BlockReceiver;
  readonly #budget: FrameBudget;
  readonly #ended = deferred<PeerError | undefined>();
  #state: State = { at: 'waiting' };
  #wasWelcomed = false;
  /** The ticket that was shown last, or is to be shown first. */
  #ticket: Uint8Array;
  /** Pings that we sent since the last sign of life; a peer that is alive pings as well. */
  #unheardPings = 0;

  constructor(options: PeerLinkOptions, events: PeerLinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#ticket = options.ticket;
    this.#budget = new FrameBudget(options.nowMs);
    const { place, onBlockBytes, onBlock } = events;
    const onFrame = (frame: PeerFrame): void => this.#onFrame(frame);
    this.#receiver = new BlockReceiver(options.memory, { place, onBlockBytes, onBlock, onFrame });
    this.onread = {
      // A broken stream is read no further, but TLS hands out what it has decrypted already,
      // and would never come back from a buffer without room.
      buffer: () => (this.#state.at === 'ended' ? LEFTOVERS : this.#receiver.nextBuffer()),
      callback: (count) => this.#onRead(count),
    };
  }

  /** Resolves when the link has ended: without an error when its owner wanted that. */
  get ended(): Promise<PeerError | undefined> {
    return this.#ended.promise;
  }

  /** What may be asked of the peer; undefined before HELLO, and when the link has ended. */
  get limits(): PeerLimits | undefined {
    if (this.#state.at === 'greeting') return EARLY_LIMITS;
    return this.#state.at === 'welcome' ? this.#state.limits : undefined;
  }

  /** True once the peer has said WELCOME. */
  get wasWelcomed(): boolean {
    return this.#wasWelcomed;
  }

  /**
   * Takes a connected socket on which nothing has been sent yet, made with `onread` unless it is to be
   * fed from; and greets.
   */
  start(socket: Socket, isFed = false): void {
    this.hold(socket, isFed);
    this.greet();
  }

  /** Takes a socket like `start`, and leaves the greeting for later. */
  hold(socket: Socket, isFed = false): void {
    if (this.#state.at === 'ended') {
      socket.destroy();
      return;
    }
    if (this.#state.at !== 'waiting') bug('a link is handed a second socket');
    const pinger = setInterval(() => this.#onPingDue(), PEER_PING_INTERVAL_MS);
    this.#state = { at: 'proving', connection: { socket, pinger } };
    socket.on('error', ({ message }) =>
      this.fail(new PeerError('CONNECTION_LOST', `the connection to the peer broke: ${message}`)),
    );
    socket.on('close', () =>
      this.fail(new PeerError('CONNECTION_LOST', 'the peer closed the connection')),
    );
    if (isFed) feedFrom(socket, this.onread);
  }

  /** Begins to greet on the socket that is there. */
  greet(): void {
    if (this.#state.at === 'ended') return;
    this.expect(PEER_HANDSHAKE_TIMEOUT_MS, 'the peer did not finish the handshake in time');
    if (this.#options.transport === 'tls') this.#provingToGreeting(NO_PROOF);
  }

  send(frame: PeerFrame): void {
    const socket = this.#connection?.socket;
    if (socket && !socket.destroyed) socket.write(encodeFrame(frame));
  }

  /** Sends all frames of `work` in one write. */
  inOneWrite(work: () => void): void {
    const socket = this.#connection?.socket;
    socket?.cork();
    work();
    socket?.uncork();
  }

  /** Shows a ticket unless it was the last one shown; before HELLO it is the one HELLO carries. */
  showTicket(ticket: Uint8Array): void {
    if (Buffer.compare(ticket, this.#ticket) === 0) return;
    this.#ticket = ticket;
    const { at } = this.#state;
    if (at === 'greeting' || at === 'welcome') this.send({ type: 'ticket', ticket });
  }

  /** The peer owes something; the link ends with the complaint unless `fulfil` comes in time. */
  expect(ms: number, complaint: string): void {
    const connection = this.#connection;
    if (!connection) return;
    clearTimeout(connection.deadline);
    connection.deadline = setTimeout(() => this.fail(new PeerError('TIMEOUT', complaint)), ms);
  }

  /** The peer owes nothing any more. */
  fulfil(): void {
    clearTimeout(this.#connection?.deadline);
  }

  /** Ends the link for what was thrown; anything but a PeerError is our own mistake. */
  fail(error: unknown): void {
    if (this.#state.at === 'ended') return;
    if (!(error instanceof PeerError)) throw error;
    this.#end(error);
  }

  /** Ends the link: nothing is sent, read or called any more. Idempotent. */
  end(): void {
    if (this.#state.at !== 'ended') this.#end(undefined);
  }

  get #connection(): Connection | undefined {
    return 'connection' in this.#state ? this.#state.connection : undefined;
  }

  #end(error: PeerError | undefined): void {
    const connection = this.#connection;
    this.#state = { at: 'ended' };
    clearInterval(connection?.pinger);
    clearTimeout(connection?.deadline);
    connection?.readPause?.();
    connection?.socket.destroy();
    this.#ended.resolve(error);
  }

  #onRead(count: number): boolean {
    if (this.#state.at === 'ended') return false;
    this.#unheardPings = 0;
    try {
      this.#receiver.onRead(count);
    } catch (error) {
      // Whatever it was, these bytes brought it out.
      this.fail(peerFaultOf(error));
      return false;
    }
    const { limiter } = this.#options;
    const waitMs = limiter.isLimited ? limiter.reserve(count) : 0;
    const connection = this.#connection;
    if (waitMs > 0 && connection) pauseReading(connection, limiter, waitMs);
    return connection?.readPause === undefined;
  }

  #onPingDue(): void {
    if (this.#unheardPings * PEER_PING_INTERVAL_MS >= PEER_IDLE_TIMEOUT_MS) {
      this.fail(new PeerError('TIMEOUT', 'the peer has not sent anything for too long'));
      return;
    }
    this.#unheardPings++;
    this.send({ type: 'ping' });
  }

  #onFrame(frame: PeerFrame): void {
    // A REJECT answers a request of ours, so there are no more of them than we allow.
    if (frame.type !== 'reject') this.#budget.spend();
    switch (frame.type) {
      case 'challenge': {
        if (this.#state.at !== 'proving') throw unexpected(frame);
        const { credentials, peerDeviceId } = this.#options;
        this.#provingToGreeting(signChallenge(credentials, frame.nonce, peerDeviceId));
        return;
      }
      case 'welcome':
        this.#greetingToWelcome(frame);
        return;
      case 'error':
        throw new PeerError(
          frame.code,
          `the peer ended the connection (${frame.code}): ${frame.message}`,
        );
      case 'ping':
        return;
      default:
        if (this.#state.at !== 'welcome') throw unexpected(frame);
        this.#events.onFrame(frame);
    }
  }

  #provingToGreeting(proof: ChallengeAnswer): void {
    if (this.#state.at !== 'proving') bug(`a greeting in a link that is ${this.#state.at}`);
    this.#state = { at: 'greeting', connection: this.#state.connection };
    const ticket = this.#ticket;
    this.send({ type: 'hello', version: PEER_PROTOCOL_VERSION, ticket, ...proof });
    this.#events.onGreeted();
  }

  #greetingToWelcome(frame: Welcome): void {
    if (this.#state.at !== 'greeting') throw unexpected(frame);
    if (frame.version !== PEER_PROTOCOL_VERSION) {
      throw new PeerError(
        'UNSUPPORTED_VERSION',
        `the peer speaks version ${frame.version} of the protocol`,
      );
    }
    const limits = peerLimits(frame);
    this.#state = { at: 'welcome', connection: this.#state.connection, limits };
    this.#wasWelcomed = true;
    this.#receiver.onHandshakeDone();
  }
}

/** What a frame is that the peer may not send now. */
export function unexpected(frame: PeerFrame): PeerError {
  return new PeerError(
    'PROTOCOL_VIOLATION',
    `the peer sent a ${frame.type} frame that does not belong there`,
  );
}

/**
 * Reads on when everything reserved so far is paid for. TLS goes on handing out what it has
 * decrypted already, so a pause is prolonged, and there is only ever one.
 */
function pauseReading(connection: Connection, limiter: Limiter, waitMs: number): void {
  connection.readPause?.();
  connection.readPause = whenPaid(limiter, waitMs, () => {
    connection.readPause = undefined;
    connection.socket.resume();
  });
}
