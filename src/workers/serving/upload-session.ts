/**
 * One connection on which this client serves pieces: checks the ticket, has main open files, and
 * has every request answered, see request-queue.ts.
 *
 * Thread: lives in the thread that accepted the socket. Owns its socket, its table of files and its
 * queue; whether a file may be served is main's decision.
 *
 *   unproven → proven → ended
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { deviceIdOfChallenge, type ChallengeAnswer } from '../../net/challenge.js';
import {
  P2pError,
  PeerError,
  toWireError,
  type ErrorCode,
  type WireError,
} from '../../net/errors.js';
import { FrameReader } from '../../net/frame-reader.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_REQUESTS_IN_FLIGHT,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_IDLE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import { CHALLENGE_BYTES, type PeerFrame } from '../../net/peer-frames.js';
import type { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import type { Ticket } from '../../net/ticket.js';
import { peerDeviceId } from '../../net/tls-identity.js';
import type { PeerTransport } from '../../net/tracker-api.js';
import type { ListenerToMain } from '../messages.js';
import { BlockSender } from './block-sender.js';
import { RequestQueue } from './request-queue.js';
import type { SendBuffers } from './send-buffers.js';
import { ServedFiles, type OpenedFile } from './served-files.js';
import type { UploadScheduler } from './upload-scheduler.js';

/** What a session needs of its listener. */
export interface UploadSessionHost {
  readonly transport: PeerTransport;
  /** Of this very device. */
  readonly deviceId: string;
  readonly limiter: SharedRateLimiter;
  readonly scheduler: UploadScheduler;
  readonly buffers: SendBuffers;
  /** Checks a ticket for the device on this connection; throws PeerError. */
  checkTicket(bytes: Uint8Array, deviceId: string): Ticket;
  /** Says whose address this is, in the clear and once a session; throws PeerError. */
  proofOfReach(session: UploadSession, nonce: Uint8Array): ChallengeAnswer;
  post(message: ListenerToMain): void;
  onProven(session: UploadSession): void;
  onEnded(session: UploadSession): void;
}

type State =
  /** Nobody has shown a ticket yet. */
  | {
      readonly at: 'unproven';
      /** What a dialler in the clear has to sign. */
      readonly nonce: Buffer;
      readonly deadline: NodeJS.Timeout;
    }
  | Proven
  | { readonly at: 'ended' };

/** A device has proved itself, and its ticket is the one shown last. */
interface Proven {
  readonly at: 'proven';
  readonly deviceId: string;
  readonly ticket: Ticket;
}

export class UploadSession {
  readonly id: number;
  /** What was asked for and is not answered yet; the listener hands it to the scheduler. */
  readonly queue: RequestQueue;
  readonly #host: UploadSessionHost;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #sender: BlockSender;
  readonly #files = new ServedFiles();
  readonly #pinger: NodeJS.Timeout;
  readonly #reporter: NodeJS.Timeout;
  #state: State;
  #lastReadMs = performance.now();

  constructor(id: number, socket: Socket, host: UploadSessionHost) {
    this.id = id;
    this.#socket = socket;
    this.#host = host;
    this.#sender = new BlockSender(socket, host.buffers, host.limiter);
    this.queue = new RequestQueue({
      files: this.#files,
      sender: this.#sender,
      buffers: host.buffers,
      scheduler: host.scheduler,
      onReadFailed: (fileRef, error) =>
        host.post({ type: 'read-failed', session: id, fileRef, error }),
    });
    this.#reader = new FrameReader((frame) => this.#onFrame(frame));
    this.#pinger = setInterval(() => this.#onPingDue(), PEER_PING_INTERVAL_MS);
    this.#reporter = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
    const nonce = randomBytes(CHALLENGE_BYTES);
    const deadline = setTimeout(() => {
      this.end({ code: 'TIMEOUT', message: 'no ticket was shown in time' });
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    this.#state = { at: 'unproven', nonce, deadline };
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', this.queue.serve);
    socket.on('error', (cause) => this.end({ code: 'CONNECTION_LOST', message: cause.message }));
    socket.on('close', () => this.end(undefined));
    if (host.transport === 'tcp') this.#sender.sendFrame({ type: 'challenge', nonce });
  }

  get isProven(): boolean {
    return this.#state.at === 'proven';
  }

  /** Main has opened a file for this session. */
  onOpened(fileRef: number, opened: OpenedFile): void {
    const file = this.#files.onOpened(fileRef, opened);
    if (file) this.#sender.sendFrame({ type: 'opened', fileRef, bits: file.pieces.bytes });
    else this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  /** Main refuses a file, or takes back one that was open. */
  onWithdrawn(fileRef: number, code: ErrorCode): void {
    if (this.#state.at === 'ended') return;
    const state = this.#files.onWithdrawn(fileRef);
    if (state !== 'closing') this.#sender.sendFrame({ type: 'refused', fileRef, code });
    if (state === 'open') this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  /** A file that is being downloaded has gained pieces. */
  onHave(groupId: string, fileId: string, gained: readonly number[]): void {
    if (this.#state.at !== 'proven' || this.#state.ticket.groupId !== groupId) return;
    for (const [fileRef, news] of this.#files.gain(fileId, gained)) {
      this.#socket.cork();
      for (const pieceIndex of news) this.#sender.sendFrame({ type: 'have', fileRef, pieceIndex });
      this.#socket.uncork();
    }
    this.#endIfUnread();
  }

  /** Ends the session: tells the peer why, closes, and gives every file back. Idempotent. */
  end(reason: WireError | undefined): void {
    const state = this.#state;
    if (state.at === 'ended') return;
    this.#state = { at: 'ended' };
    if (state.at === 'unproven') clearTimeout(state.deadline);
    for (const timer of [this.#pinger, this.#reporter]) clearInterval(timer);
    this.#sender.close(reason && { type: 'error', ...reason });
    this.#report();
    for (const fileRef of this.#files.closeAll()) {
      this.#host.post({ type: 'released', session: this.id, fileRef });
    }
    this.queue.close();
    this.#host.post({ type: 'closed', session: this.id, reason });
    this.#host.onEnded(this);
  }

  /** Node's own socket timeout counts our bytes too; only the peer's are a sign of life. */
  #onPingDue(): void {
    if (performance.now() - this.#lastReadMs > PEER_IDLE_TIMEOUT_MS) {
      this.end({ code: 'TIMEOUT', message: 'the connection was idle for too long' });
      return;
    }
    this.#sender.sendFrame({ type: 'ping' });
  }

  #onData(chunk: Buffer): void {
    this.#lastReadMs = performance.now();
    try {
      if (this.#state.at !== 'ended') this.#reader.push(chunk);
      this.#endIfUnread();
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      this.end(toWireError(error));
    }
  }

  /** A peer that asks, or has others ask, and never reads must not cost more than its queue. */
  #endIfUnread(): void {
    if (!this.#sender.isOverfull) return;
    this.end({ code: 'LIMIT_REACHED', message: 'the peer does not read what it is sent' });
  }

  #onFrame(frame: PeerFrame): void {
    const state = this.#state;
    if (state.at === 'ended') return;
    if (state.at === 'unproven') {
      if (frame.type === 'prove') {
        this.#sender.sendFrame({ type: 'proof', ...this.#host.proofOfReach(this, frame.nonce) });
        return;
      }
      if (frame.type !== 'hello') throw unexpected(frame);
      this.#onHello(frame, state.nonce);
      clearTimeout(state.deadline);
      return;
    }
    switch (frame.type) {
      case 'ticket':
        this.#onTicket(frame.ticket, state);
        return;
      case 'open':
        this.#onOpen(frame.fileRef, frame.fileId);
        return;
      case 'close':
        this.#onClose(frame.fileRef);
        return;
      case 'request':
        this.queue.add(frame);
        return;
      case 'cancel':
        this.queue.cancel(frame);
        return;
      case 'have':
        this.#onHave(frame.fileRef, frame.pieceIndex);
        return;
      case 'ping':
        return;
      case 'error':
        this.end(undefined);
        return;
      default:
        throw unexpected(frame);
    }
  }

  #onHello(hello: Extract<PeerFrame, { type: 'hello' }>, nonce: Buffer): void {
    if (hello.version !== PEER_PROTOCOL_VERSION) {
      throw new PeerError(
        'UNSUPPORTED_VERSION',
        `this peer speaks version ${PEER_PROTOCOL_VERSION}`,
      );
    }
    const deviceId =
      this.#host.transport === 'tls'
        ? peerDeviceId(this.#socket as TLSSocket)
        : deviceIdOfChallenge(nonce, this.#host.deviceId, hello.publicKey, hello.signature);
    this.#toProven(deviceId, this.#host.checkTicket(hello.ticket, deviceId));
    this.#reader.onHandshakeDone();
    this.#host.onProven(this);
    this.#sender.sendFrame({
      type: 'welcome',
      version: PEER_PROTOCOL_VERSION,
      maxRequests: MAX_REQUESTS_IN_FLIGHT,
      maxBlockLength: MAX_BLOCK_LENGTH,
    });
  }

  /** A renewed ticket. */
  #onTicket(bytes: Uint8Array, { deviceId, ticket: before }: Proven): void {
    const ticket = this.#host.checkTicket(bytes, deviceId);
    const isSame =
      before.incarnation === ticket.incarnation &&
      before.groupId === ticket.groupId &&
      before.userId === ticket.userId;
    if (!isSame) {
      throw new PeerError('TICKET_INVALID', 'a renewed ticket must be for the same user and group');
    }
    this.#toProven(deviceId, ticket);
  }

  #toProven(deviceId: string, ticket: Ticket): void {
    this.#state = { at: 'proven', deviceId, ticket };
    const remote = `${this.#socket.remoteAddress ?? '?'}:${this.#socket.remotePort ?? 0}`;
    this.#host.post({ type: 'proven', session: this.id, ...ticket, deviceId, remote });
  }

  #onOpen(fileRef: number, fileId: string): void {
    this.#files.open(fileRef, fileId);
    this.#host.post({ type: 'open', session: this.id, fileRef, fileId });
  }

  #onClose(fileRef: number): void {
    if (this.#files.close(fileRef))
      this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  #onHave(fileRef: number, pieceIndex: number): void {
    const file = this.#files.withPiece(fileRef, pieceIndex);
    if (file) this.#host.scheduler.onPeerHas(file.fileId, pieceIndex);
  }

  #report(): void {
    const bytes = this.queue.takeSentBytes();
    if (bytes > 0) this.#host.post({ type: 'sent', session: this.id, bytes });
  }
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `a ${frame.type} frame does not belong there`);
}
