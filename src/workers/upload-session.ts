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
import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Bitfield } from '../net/bitfield.js';
import { deviceIdOfChallenge } from '../net/challenge.js';
import {
  P2pError,
  PeerError,
  toStorageError,
  toWireError,
  type ErrorCode,
  type WireError,
} from '../net/errors.js';
import { FrameReader } from '../net/frame-reader.js';
import {
  KiB,
  MAX_BLOCK_LENGTH,
  MAX_FILES_PER_SESSION,
  MAX_REQUESTS_IN_FLIGHT,
  MAX_SEND_QUEUE_BYTES,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_IDLE_TIMEOUT_MS,
  PEER_LINGER_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
  REPORT_INTERVAL_MS,
} from '../net/limits.js';
import {
  BLOCK_HEAD_BYTES,
  CHALLENGE_BYTES,
  encodeFrame,
  writeBlockHead,
  type BlockRange,
  type PeerFrame,
} from '../net/peer-frames.js';
import {
  isPieceIndex,
  pieceLayout,
  pieceLengthAt,
  pieceOffset,
  type PieceLayout,
} from '../net/piece-layout.js';
import type { SharedRateLimiter } from '../net/shared-rate-limiter.js';
import type { Ticket } from '../net/ticket.js';
import { peerDeviceId } from '../net/tls-identity.js';
import type { PeerTransport } from '../net/tracker-api.js';
import type { ListenerToMain } from './messages.js';
import type { SendBuffers } from './send-buffers.js';

/** Bytes sent at a time under a rate limit: small, so that the rate is even. */
const LIMITED_SLICE_BYTES = 16 * KiB;

/** What a session needs of its listener. */
export interface UploadSessionHost {
  readonly transport: PeerTransport;
  /** Of this very device. */
  readonly deviceId: string;
  readonly limiter: SharedRateLimiter;
  readonly buffers: SendBuffers;
  /** Checks a ticket for the device on this connection; throws PeerError. */
  checkTicket(bytes: Uint8Array, deviceId: string): Ticket;
  post(message: ListenerToMain): void;
  onProven(session: UploadSession): void;
  onEnded(session: UploadSession): void;
}

type ServedFile =
  | { readonly state: 'opening'; readonly fileId: string }
  /** Closed before main has answered; its number is taken until then. */
  | { readonly state: 'closing'; readonly fileId: string }
  | {
      readonly state: 'open';
      readonly fileId: string;
      readonly fd: number;
      readonly layout: PieceLayout;
      readonly pieces: Bitfield;
    };

export class UploadSession {
  readonly id: number;
  readonly #host: UploadSessionHost;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #nonce = randomBytes(CHALLENGE_BYTES);
  readonly #files = new Map<number, ServedFile>();
  readonly #requests: BlockRange[] = [];
  readonly #pumpAgain = (): void => this.#pump();
  readonly #pinger: NodeJS.Timeout;
  readonly #reporter: NodeJS.Timeout;
  readonly #greetingTimer: NodeJS.Timeout;
  /** The device that proved itself; undefined before the first ticket was accepted. */
  #deviceId: string | undefined;
  #ticket: Ticket | undefined;
  /** Set while a rate limit makes the session wait. */
  #pause: { readonly timer: NodeJS.Timeout; readonly buffer: Buffer } | undefined;
  /** Frames that wait for the end of a block whose slices wait for the rate. */
  readonly #heldFrames: PeerFrame[] = [];
  #sentBytes = 0;
  /** Writes of block bytes that the kernel has not taken yet. */
  #unsentWrites = 0;
  #isEnded = false;

  constructor(id: number, socket: Socket, host: UploadSessionHost) {
    this.id = id;
    this.#socket = socket;
    this.#host = host;
    this.#reader = new FrameReader((frame) => this.#onFrame(frame));
    this.#pinger = setInterval(() => this.#send({ type: 'ping' }), PEER_PING_INTERVAL_MS);
    this.#reporter = setInterval(() => this.#report(), REPORT_INTERVAL_MS);
    this.#greetingTimer = setTimeout(() => {
      this.end({ code: 'TIMEOUT', message: 'no ticket was shown in time' });
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', this.#pumpAgain);
    socket.on('error', (cause) => this.end({ code: 'CONNECTION_LOST', message: cause.message }));
    socket.on('close', () => this.end(undefined));
    socket.setTimeout(PEER_IDLE_TIMEOUT_MS, () => {
      this.end({ code: 'TIMEOUT', message: 'the connection was idle for too long' });
    });
    if (host.transport === 'tcp') this.#send({ type: 'challenge', nonce: this.#nonce });
  }

  get isProven(): boolean {
    return this.#deviceId !== undefined;
  }

  /** Main has opened a file for this session. */
  onOpened(
    fileRef: number,
    opened: { fd: number; size: number; pieceLength: number; bits: Uint8Array },
  ): void {
    const file = this.#files.get(fileRef);
    const layout = pieceLayout(opened.size, opened.pieceLength);
    const pieces = layout && Bitfield.from(opened.bits, layout.pieceCount);
    if (this.#isEnded || file?.state !== 'opening' || !pieces) {
      this.#files.delete(fileRef);
      this.#host.post({ type: 'released', session: this.id, fileRef });
      return;
    }
    const { fileId } = file;
    this.#files.set(fileRef, { state: 'open', fileId, fd: opened.fd, layout, pieces });
    this.#send({ type: 'opened', fileRef, bits: pieces.bytes });
  }

  /** Main refuses a file, or takes back one that was open. */
  onWithdrawn(fileRef: number, code: ErrorCode): void {
    if (this.#isEnded) return;
    const state = this.#files.get(fileRef)?.state;
    this.#files.delete(fileRef);
    if (state !== 'closing') this.#send({ type: 'refused', fileRef, code });
    if (state === 'open') this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  /** A file that is being downloaded has gained pieces. */
  onHave(groupId: string, fileId: string, gained: readonly number[]): void {
    if (this.#ticket?.groupId !== groupId) return;
    for (const [fileRef, file] of this.#files) {
      if (file.fileId !== fileId || file.state !== 'open') continue;
      this.#socket.cork();
      for (const pieceIndex of gained) {
        if (file.pieces.add(pieceIndex)) this.#send({ type: 'have', fileRef, pieceIndex });
      }
      this.#socket.uncork();
    }
  }

  /** Ends the session: tells the peer why, closes, and gives every file back. Idempotent. */
  end(reason: WireError | undefined): void {
    if (this.#isEnded) return;
    const hasQueuedBlocks = this.#unsentWrites > 0 || this.#pause !== undefined;
    if (reason) this.#send({ type: 'error', ...reason });
    this.#isEnded = true;
    for (const timer of [this.#pinger, this.#reporter]) clearInterval(timer);
    clearTimeout(this.#greetingTimer);
    if (this.#pause) {
      clearTimeout(this.#pause.timer);
      this.#host.buffers.discard(this.#pause.buffer);
    }
    this.#host.buffers.forget(this.#pumpAgain);
    // Whoever is shown the door gets nothing more of what was queued for them.
    if (hasQueuedBlocks || !reason) this.#socket.destroy();
    else this.#linger();
    this.#report();
    for (const [fileRef, file] of this.#files) {
      if (file.state === 'open') this.#host.post({ type: 'released', session: this.id, fileRef });
    }
    this.#files.clear();
    this.#host.post({ type: 'closed', session: this.id, reason });
    this.#host.onEnded(this);
  }

  /**
   * Closes this half and reads on for a moment: a socket closed with unread bytes is reset, and
   * the other side would never see the error it was sent.
   */
  #linger(): void {
    const timer = setTimeout(() => this.#socket.destroy(), PEER_LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.end();
  }

  #onData(chunk: Buffer): void {
    try {
      if (!this.#isEnded) this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      this.end(toWireError(error));
    }
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
      case 'bitfield':
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
    this.#send({
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
    if (this.#files.has(fileRef) || this.#files.size >= MAX_FILES_PER_SESSION) {
      throw new PeerError('PROTOCOL_VIOLATION', 'too many files are open on this connection');
    }
    this.#files.set(fileRef, { state: 'opening', fileId });
    this.#host.post({ type: 'open', session: this.id, fileRef, fileId });
  }

  #onClose(fileRef: number): void {
    const file = this.#files.get(fileRef);
    if (file?.state === 'opening') {
      this.#files.set(fileRef, { state: 'closing', fileId: file.fileId });
      return;
    }
    if (file?.state !== 'open') return;
    this.#files.delete(fileRef);
    this.#host.post({ type: 'released', session: this.id, fileRef });
  }

  #onRequest(request: BlockRange): void {
    if (this.#requests.length >= MAX_REQUESTS_IN_FLIGHT) {
      throw new PeerError('PROTOCOL_VIOLATION', 'too many requests in flight');
    }
    this.#requests.push(request);
    this.#pump();
  }

  #onCancel(range: BlockRange): void {
    const position = this.#requests.findIndex(
      (request) =>
        request.fileRef === range.fileRef &&
        request.pieceIndex === range.pieceIndex &&
        request.offset === range.offset &&
        request.length === range.length,
    );
    const [request] = position < 0 ? [] : this.#requests.splice(position, 1);
    if (request) this.#send({ ...request, type: 'reject', code: 'REQUEST_CANCELLED' });
  }

  /** Sends blocks until the queue is empty or the socket, the buffers or the rate say stop. */
  #pump(): void {
    while (!this.#isEnded && !this.#pause && this.#requests.length > 0) {
      if (this.#socket.writableLength >= MAX_SEND_QUEUE_BYTES) return;
      const request = this.#requests[0]!;
      const buffer = this.#host.buffers.take(request.length);
      if (!buffer) {
        this.#host.buffers.whenFree(this.#pumpAgain);
        return;
      }
      this.#requests.shift();
      this.#answer(request, buffer);
    }
  }

  #answer(request: BlockRange, buffer: Buffer): void {
    const file = this.#files.get(request.fileRef);
    const refusal = file?.state === 'open' ? this.#refusalOf(file, request) : 'NOT_SHARED';
    if (file?.state !== 'open' || refusal) {
      this.#host.buffers.give(buffer);
      this.#send({ ...request, type: 'reject', code: refusal ?? 'NOT_SHARED' });
      return;
    }
    const error = this.#read(file, request, buffer);
    if (error) {
      this.#host.buffers.give(buffer);
      this.#send({ ...request, type: 'reject', code: 'PIECE_NOT_AVAILABLE' });
      this.#host.post({ type: 'read-failed', session: this.id, fileRef: request.fileRef, error });
      return;
    }
    writeBlockHead(buffer, request);
    this.#write(buffer, BLOCK_HEAD_BYTES + request.length, 0);
  }

  #refusalOf(
    file: Extract<ServedFile, { state: 'open' }>,
    request: BlockRange,
  ): ErrorCode | undefined {
    if (!isPieceIndex(file.layout, request.pieceIndex)) return 'PROTOCOL_VIOLATION';
    if (request.offset + request.length > pieceLengthAt(file.layout, request.pieceIndex))
      return 'PROTOCOL_VIOLATION';
    return file.pieces.has(request.pieceIndex) ? undefined : 'PIECE_NOT_AVAILABLE';
  }

  #read(
    file: Extract<ServedFile, { state: 'open' }>,
    request: BlockRange,
    buffer: Buffer,
  ): WireError | undefined {
    const position = pieceOffset(file.layout, request.pieceIndex) + request.offset;
    try {
      let done = 0;
      while (done < request.length) {
        const count = readSync(
          file.fd,
          buffer,
          BLOCK_HEAD_BYTES + done,
          request.length - done,
          position + done,
        );
        if (count === 0)
          return { code: 'FILE_CHANGED', message: 'the file became shorter since it was shared' };
        done += count;
      }
      return undefined;
    } catch (cause) {
      return toWireError(toStorageError(cause, 'cannot read the file'));
    }
  }

  /** Writes a block from `from` on: at once, or slice by slice as the rate allows. */
  #write(buffer: Buffer, end: number, from: number): void {
    const { limiter, buffers } = this.#host;
    const until = limiter.isLimited ? Math.min(end, from + LIMITED_SLICE_BYTES) : end;
    const isLast = until === end;
    this.#sentBytes += until - from;
    const waitMs = limiter.isLimited ? limiter.reserve(until - from) : 0;
    const send = (): void => {
      this.#pause = undefined;
      this.#unsentWrites++;
      this.#socket.write(buffer.subarray(from, until), () => {
        this.#unsentWrites--;
        if (isLast) buffers.give(buffer);
      });
      if (isLast) this.#sendHeld();
      else this.#write(buffer, end, until);
    };
    if (waitMs <= 0) {
      send();
      return;
    }
    const resume = (): void => {
      send();
      // Also when the block's last slice needed no wait of its own; a new pause stops it at once.
      this.#pump();
    };
    this.#pause = { timer: setTimeout(resume, waitMs), buffer };
  }

  #report(): void {
    if (this.#sentBytes > 0)
      this.#host.post({ type: 'sent', session: this.id, bytes: this.#sentBytes });
    this.#sentBytes = 0;
  }

  #sendHeld(): void {
    for (const frame of this.#heldFrames.splice(0)) this.#send(frame);
  }

  /** Sends a frame, never into the middle of a block. */
  #send(frame: PeerFrame): void {
    if (this.#pause) {
      this.#heldFrames.push(frame);
      return;
    }
    if (!this.#isEnded && !this.#socket.destroyed) this.#socket.write(encodeFrame(frame));
  }
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `a ${frame.type} frame does not belong there`);
}
