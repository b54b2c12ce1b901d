/**
 * One connection on which this client serves pieces: checks the ticket, has main open files,
 * and answers each request with exactly one BLOCK or REJECT, in order.
 *
 * Thread: lives in the thread that accepted the socket. Owns its socket, its request queue and
 * the buffers it is sending from; whether a file may be served is main's decision.
 *
 *   unproven → proven → ended
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { deviceIdOfChallenge } from '../../net/challenge.js';
import {
  P2pError,
  PeerError,
  StorageError,
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
import {
  BLOCK_HEAD_BYTES,
  CHALLENGE_BYTES,
  writeBlockHead,
  type BlockRange,
  type PeerFrame,
} from '../../net/peer-frames.js';
import { pieceOffset } from '../../net/piece-layout.js';
import type { SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import type { Ticket } from '../../net/ticket.js';
import { peerDeviceId } from '../../net/tls-identity.js';
import type { PeerTransport } from '../../net/tracker-api.js';
import type { ListenerToMain } from '../messages.js';
import { BlockSender } from './block-sender.js';
import type { SendBuffers } from './send-buffers.js';
import { ServedFiles, type OpenedFile, type OpenFile } from './served-files.js';
import type { PendingRequest, ScheduledSession, UploadScheduler } from './upload-scheduler.js';

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
  post(message: ListenerToMain): void;
  onProven(session: UploadSession): void;
  onEnded(session: UploadSession): void;
}

export class UploadSession implements ScheduledSession {
  readonly id: number;
  readonly #host: UploadSessionHost;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #nonce = randomBytes(CHALLENGE_BYTES);
  readonly #files = new ServedFiles();
  /** Requests that wait, oldest first. */
  readonly requests: PendingRequest[] = [];
  readonly #sender: BlockSender;
  readonly #serveAgain = (): void => this.#host.scheduler.serve(this);
  readonly #pinger: NodeJS.Timeout;
  readonly #reporter: NodeJS.Timeout;
  readonly #greetingTimer: NodeJS.Timeout;
  /** The device that proved itself; undefined before the first ticket was accepted. */
  #deviceId: string | undefined;
  #ticket: Ticket | undefined;
  #sentBytes = 0;
  #lastReadMs = performance.now();
  #isEnded = false;

  constructor(id: number, socket: Socket, host: UploadSessionHost) {
    this.id = id;
    this.#socket = socket;
    this.#host = host;
    this.#sender = new BlockSender(socket, host.buffers, host.limiter);
    this.#reader = new FrameReader((frame) => this.#onFrame(frame));
    this.#pinger = setInterval(() => this.#onPingDue(), PEER_PING_INTERVAL_MS);
    this.#reporter = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
    this.#greetingTimer = setTimeout(() => {
      this.end({ code: 'TIMEOUT', message: 'no ticket was shown in time' });
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', this.#serveAgain);
    socket.on('error', (cause) => this.end({ code: 'CONNECTION_LOST', message: cause.message }));
    socket.on('close', () => this.end(undefined));
    if (host.transport === 'tcp') this.#sender.sendFrame({ type: 'challenge', nonce: this.#nonce });
  }

  get hasRoom(): boolean {
    return !this.#isEnded && this.#sender.hasRoom;
  }

  get isProven(): boolean {
    return this.#deviceId !== undefined;
  }

  /** Main has opened a file for this session. */
  onOpened(fileRef: number, opened: OpenedFile): void {
    const file = this.#files.onOpened(fileRef, opened);
    if (file) this.#sender.sendFrame({ type: 'opened', fileRef, bits: file.pieces.bytes });
    else this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  /** Main refuses a file, or takes back one that was open. */
  onWithdrawn(fileRef: number, code: ErrorCode): void {
    if (this.#isEnded) return;
    const state = this.#files.onWithdrawn(fileRef);
    if (state !== 'closing') this.#sender.sendFrame({ type: 'refused', fileRef, code });
    if (state === 'open') this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  /** A file that is being downloaded has gained pieces. */
  onHave(groupId: string, fileId: string, gained: readonly number[]): void {
    if (this.#ticket?.groupId !== groupId) return;
    for (const [fileRef, news] of this.#files.gain(fileId, gained)) {
      this.#socket.cork();
      for (const pieceIndex of news) this.#sender.sendFrame({ type: 'have', fileRef, pieceIndex });
      this.#socket.uncork();
    }
    this.#endIfUnread();
  }

  /** Ends the session: tells the peer why, closes, and gives every file back. Idempotent. */
  end(reason: WireError | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const timer of [this.#pinger, this.#reporter]) clearInterval(timer);
    clearTimeout(this.#greetingTimer);
    this.#host.buffers.forget(this.#serveAgain);
    this.#sender.close(reason && { type: 'error', ...reason });
    this.#report();
    for (const fileRef of this.#files.closeAll()) {
      this.#host.post({ type: 'released', session: this.id, fileRef });
    }
    this.requests.length = 0;
    this.#host.scheduler.remove(this);
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
      if (!this.#isEnded) this.#reader.push(chunk);
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
    if (this.#isEnded) return;
    if (!this.#deviceId) {
      if (frame.type !== 'hello') throw unexpected(frame);
      this.#onHello(frame);
      return;
    }
    switch (frame.type) {
      case 'ticket':
        this.#onTicket(frame.ticket, this.#deviceId);
        return;
      case 'open':
        this.#onOpen(frame.fileRef, frame.fileId);
        return;
      case 'close':
        this.#onClose(frame.fileRef);
        return;
      case 'request':
        this.#onRequest(frame);
        return;
      case 'cancel':
        this.#onCancel(frame);
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

  #onHello(hello: Extract<PeerFrame, { type: 'hello' }>): void {
    if (hello.version !== PEER_PROTOCOL_VERSION) {
      throw new PeerError(
        'UNSUPPORTED_VERSION',
        `this peer speaks version ${PEER_PROTOCOL_VERSION}`,
      );
    }
    const deviceId =
      this.#host.transport === 'tls'
        ? peerDeviceId(this.#socket as TLSSocket)
        : deviceIdOfChallenge(this.#nonce, this.#host.deviceId, hello.publicKey, hello.signature);
    this.#onTicket(hello.ticket, deviceId);
    clearTimeout(this.#greetingTimer);
    this.#deviceId = deviceId;
    this.#reader.onHandshakeDone();
    this.#host.onProven(this);
    this.#sender.sendFrame({
      type: 'welcome',
      version: PEER_PROTOCOL_VERSION,
      maxRequests: MAX_REQUESTS_IN_FLIGHT,
      maxBlockLength: MAX_BLOCK_LENGTH,
    });
  }

  #onTicket(bytes: Uint8Array, deviceId: string): void {
    const ticket = this.#host.checkTicket(bytes, deviceId);
    const before = this.#ticket;
    if (before && (before.groupId !== ticket.groupId || before.userId !== ticket.userId)) {
      throw new PeerError('TICKET_INVALID', 'a renewed ticket must be for the same user and group');
    }
    this.#ticket = ticket;
    const { userId, groupId, epoch } = ticket;
    const remote = `${this.#socket.remoteAddress ?? '?'}:${this.#socket.remotePort ?? 0}`;
    this.#host.post({
      type: 'proven',
      session: this.id,
      userId,
      deviceId,
      groupId,
      epoch,
      expiresAtMs: ticket.expiresAtMs,
      remote,
    });
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

  #onRequest(request: BlockRange): void {
    if (this.requests.length >= MAX_REQUESTS_IN_FLIGHT) {
      throw new PeerError('PROTOCOL_VIOLATION', 'too many requests in flight');
    }
    const fileId = this.#files.fileIdOf(request.fileRef) ?? '';
    this.requests.push({ ...request, fileId, atMs: performance.now() });
    this.#serveAgain();
  }

  #onCancel(range: BlockRange): void {
    const request = this.requests.find(
      ({ fileRef, pieceIndex, offset, length }) =>
        fileRef === range.fileRef &&
        pieceIndex === range.pieceIndex &&
        offset === range.offset &&
        length === range.length,
    );
    // A cancel may cross with its block; then that was the answer.
    if (request) this.#reject(request, 'REQUEST_CANCELLED');
  }

  /** Takes a request from the queue and answers it with exactly one BLOCK or REJECT. */
  answer(request: PendingRequest, onSent: () => void): void {
    const file = this.#files.forReading(request);
    if (typeof file === 'string') {
      this.#reject(request, file);
      onSent();
      return;
    }
    const { buffers } = this.#host;
    const buffer = buffers.take(request.length);
    if (!buffer) {
      buffers.whenFree(this.#serveAgain);
      return;
    }
    const error = this.#read(file, request, buffer);
    if (error) {
      buffers.give(buffer);
      this.#reject(request, 'PIECE_NOT_AVAILABLE');
      const { fileRef } = request;
      this.#host.post({ type: 'read-failed', session: this.id, fileRef, error });
      onSent();
      return;
    }
    this.#remove(request);
    writeBlockHead(buffer, request);
    this.#sentBytes += request.length;
    this.#sender.sendBlock(buffer, BLOCK_HEAD_BYTES + request.length, onSent);
  }

  #remove(request: PendingRequest): void {
    this.requests.splice(this.requests.indexOf(request), 1);
  }

  #reject(request: PendingRequest, code: ErrorCode): void {
    this.#remove(request);
    const { fileRef, pieceIndex, offset, length } = request;
    this.#sender.sendFrame({ type: 'reject', fileRef, pieceIndex, offset, length, code });
  }

  #read(file: OpenFile, request: BlockRange, buffer: Buffer): WireError | undefined {
    const at = pieceOffset(file.layout, request.pieceIndex) + request.offset;
    try {
      file.content.read(at, buffer, BLOCK_HEAD_BYTES, request.length);
      return undefined;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return toWireError(error);
    }
  }

  #report(): void {
    if (this.#sentBytes > 0)
      this.#host.post({ type: 'sent', session: this.id, bytes: this.#sentBytes });
    this.#sentBytes = 0;
  }
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `a ${frame.type} frame does not belong there`);
}
