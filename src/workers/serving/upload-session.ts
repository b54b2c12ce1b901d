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
import type { ChallengeAnswer } from '../../net/challenge.js';
import { PeerError, type ErrorCode, type WireError } from '../../net/errors.js';
import { faultOf } from '../../net/fault.js';
import { FrameBudget, frameCost } from '../../net/frame-budget.js';
import { FrameReader } from '../../net/frame-reader.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_NAME_QUESTIONS_PER_SESSION,
  MAX_REQUESTS_IN_FLIGHT,
  PEER_HANDSHAKE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
  PEER_PROTOCOL_VERSION,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import { CHALLENGE_BYTES, type FileQuestion, type PeerFrame } from '../../net/peer-frames.js';
import { promisedBlock } from '../../net/promised-block.js';
import { peerDeviceId } from '../../net/tls-identity.js';
import type { Limiter } from '../dialling/way-limiter.js';
import type { ListenerToMain } from '../messages/listener.js';
import { BlockSender } from './block-sender.js';
import type { BufferShares, SessionBuffers } from './buffer-share.js';
import {
  proveDialler,
  remoteOf,
  renewTicket,
  type ProofChecks,
  type ProvenDialler,
} from './dialler-proof.js';
import { RequestQueue } from './request-queue.js';
import { ServedFiles, type OpenedFile, type OpenFile } from './served-files.js';
import { SessionLife } from './session-life.js';
import type { UploadScheduler } from './upload-scheduler.js';

export interface UploadSessionHost extends ProofChecks {
  /** Of this session. */
  readonly limiter: Limiter;
  readonly scheduler: Pick<UploadScheduler, 'serve' | 'remove' | 'onPeerHas'>;
  readonly buffers: BufferShares;
  /** One steady clock, in milliseconds. */
  nowMs(): number;
  /** Says whose address this is, in the clear and once a session; throws PeerError. */
  proofOfReach(session: UploadSession, nonce: Uint8Array): ChallengeAnswer;
  post(message: ListenerToMain): void;
  /** Takes over a connection that answers a call of ours; throws PeerError when there is none. */
  onAnswer(session: UploadSession, callId: string): void;
  /** Takes over a connection that wants to be relayed; throws PeerError when that is not to be. */
  onMeet(session: UploadSession, meet: Extract<PeerFrame, { type: 'meet' }>): void;
  /** @throws PeerError when there is no place for this device */
  onProven(session: UploadSession, proven: ProvenDialler): void;
  onEnded(session: UploadSession): void;
}

/** The call because of which this device has dialled, and whose key was there. */
export interface AnsweredCall {
  readonly callId: string;
  readonly deviceId: string;
}

/** How this end came to a connection that it has made itself. */
export type SessionOrigin =
  ({ readonly way: 'called' } & AnsweredCall) | { readonly way: 'relayed' };

type State =
  /** Nobody has shown a ticket yet. */
  | {
      readonly at: 'unproven';
      /** What a dialler in the clear has to sign. */
      readonly nonce: Buffer;
      readonly deadline: NodeJS.Timeout;
    }
  | ({ readonly at: 'proven' } & ProvenDialler)
  | { readonly at: 'ended' };

export class UploadSession {
  readonly id: number;
  /** Where the dialler is, as address and port. */
  readonly remote: string;
  /** What was asked for and is not answered yet; the listener hands it to the scheduler. */
  readonly queue: RequestQueue;
  readonly #host: UploadSessionHost;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #sender: BlockSender;
  readonly #files = new ServedFiles();
  readonly #budget: FrameBudget;
  readonly #buffers: SessionBuffers;
  readonly #life: SessionLife;
  readonly #pinger: NodeJS.Timeout;
  readonly #reporter: NodeJS.Timeout;
  /** How this end came to it, if it did not come here. */
  readonly #origin: SessionOrigin | undefined;
  #state: State;
  #questions = 0;

  constructor(id: number, socket: Socket, host: UploadSessionHost, origin?: SessionOrigin) {
    this.id = id;
    this.remote = remoteOf(socket);
    this.#socket = socket;
    this.#host = host;
    this.#life = new SessionLife(host.nowMs());
    this.#buffers = host.buffers.forSession();
    this.#budget = new FrameBudget(() => host.nowMs());
    this.#sender = new BlockSender(socket, this.#buffers, host.limiter);
    this.queue = new RequestQueue({
      files: this.#files,
      sender: this.#sender,
      buffers: this.#buffers,
      scheduler: host.scheduler,
      budget: this.#budget,
      nowMs: () => host.nowMs(),
      onReadFailed: (fileRef, error) =>
        host.post({ type: 'read-failed', session: id, fileRef, error }),
      // Not in the middle of the scheduler's round.
      onShortage: () =>
        queueMicrotask(() =>
          this.end({ code: 'BUSY', message: 'too many files are open here; try again' }),
        ),
    });
    this.#reader = new FrameReader((frame) => this.#onFrame(frame));
    this.#pinger = setInterval(
      () => this.#sender.sendFrame({ type: 'ping' }),
      PEER_PING_INTERVAL_MS,
    );
    this.#reporter = setInterval(() => this.#onReportDue(), REPORT_INTERVAL_MS);
    const nonce = randomBytes(CHALLENGE_BYTES);
    const deadline = setTimeout(() => {
      this.end({ code: 'TIMEOUT', message: 'no ticket was shown in time' });
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    this.#state = { at: 'unproven', nonce, deadline };
    socket.setNoDelay(true);
    socket.on('data', this.#onData);
    socket.on('drain', this.queue.serve);
    socket.on('error', this.#onError);
    socket.on('close', this.#onGone);
    this.#origin = origin;
    if (origin?.way === 'called') {
      this.#sender.sendFrame({ type: 'answer', callId: origin.callId });
    }
    if (host.transport === 'tcp') this.#sender.sendFrame({ type: 'challenge', nonce });
  }

  get isProven(): boolean {
    return this.#state.at === 'proven';
  }

  /** Whose key was shown on it. @throws PeerError PEER_IDENTITY, without TLS or a certificate */
  get tlsDeviceId(): string {
    return peerDeviceId(this.#socket as TLSSocket);
  }

  /** Nothing is asked for, and nothing is on its way. */
  get isIdle(): boolean {
    return this.queue.requests.length === 0 && this.#socket.writableLength === 0;
  }

  /** Main has opened a file for this session. */
  onOpened(fileRef: number, opened: OpenedFile): void {
    const question = this.#files.questionOf(fileRef);
    const file = this.#files.onOpened(fileRef, opened);
    if (file && question) this.#tellFound(fileRef, file, question);
    else if (file) this.#sender.sendFrame({ type: 'opened', fileRef, bits: file.pieces.bytes });
    else this.#postReleased(fileRef);
    // What was asked for together with the file.
    this.queue.serve();
  }

  /** Answers a question by name, and what it asks for along with that as if it had been requested. */
  #tellFound(fileRef: number, { fileId, layout, pieces }: OpenFile, question: FileQuestion): void {
    const promised = promisedBlock(question, layout, pieces);
    const { bytes: bits } = pieces;
    this.#sender.sendFrame({ type: 'found', fileRef, fileId, layout, promised, bits });
    if (promised) this.queue.addPromised({ fileRef, offset: 0, ...promised });
  }

  /** Main refuses a file, or takes back one that was open. */
  onWithdrawn(fileRef: number, code: ErrorCode): void {
    if (this.#state.at === 'ended') return;
    const state = this.#files.onWithdrawn(fileRef);
    // A number that the peer has closed already may mean another file by now.
    if (state === 'opening' || state === 'open')
      this.#sender.sendFrame({ type: 'refused', fileRef, code });
    if (state === 'open') this.#postReleased(fileRef);
    this.queue.serve();
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
    if (this.#state.at === 'ended') return;
    this.#toEnded();
    this.#sender.close(reason && { type: 'error', ...reason });
    this.#report();
    for (const fileRef of this.#files.closeAll()) this.#postReleased(fileRef);
    this.#leave();
    this.#host.post({ type: 'closed', session: this.id, reason });
    this.#host.onEnded(this);
  }

  #toEnded(): void {
    if (this.#state.at === 'unproven') clearTimeout(this.#state.deadline);
    this.#state = { at: 'ended' };
    for (const timer of [this.#pinger, this.#reporter]) clearInterval(timer);
  }

  #leave(): void {
    this.queue.close();
    this.#buffers.leave();
  }

  #onReportDue(): void {
    const hasSent = this.#report();
    if (this.#state.at !== 'proven') return;
    const isAsked = hasSent || this.queue.requests.length > 0;
    const standing = { isStuck: this.#sender.checkStuck(), isAsked, openFiles: this.#files.count };
    const reason = this.#life.lapseOf(standing, this.#host.nowMs());
    if (reason) this.end(reason);
  }

  /**
   * Lets go of the connection, of which nothing is read any more; what belongs to the session ends. Whoever
   * answers a call, or waits at a relay, says nothing more before it is answered.
   */
  handOver(): Socket {
    const socket = this.#socket;
    socket.pause();
    socket.off('data', this.#onData).off('drain', this.queue.serve);
    socket.off('error', this.#onError).off('close', this.#onGone);
    this.#reader.stop();
    this.#toEnded();
    this.#leave();
    this.#host.onEnded(this);
    return socket;
  }

  readonly #onError = (cause: Error): void =>
    this.end({ code: 'CONNECTION_LOST', message: cause.message });

  readonly #onGone = (): void => this.end(undefined);

  readonly #onData = (chunk: Buffer): void => {
    this.#life.onRead(this.#host.nowMs());
    try {
      if (this.#state.at !== 'ended') this.#reader.push(chunk);
      this.#endIfUnread();
    } catch (error) {
      // Whatever it was, these bytes brought it out.
      this.end(faultOf(error));
    }
  };

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
      if (frame.type === 'answer') return this.#host.onAnswer(this, frame.callId);
      if (frame.type === 'meet') return this.#host.onMeet(this, frame);
      if (frame.type !== 'hello') throw unexpected(frame);
      this.#onHello(frame, state.nonce);
      clearTimeout(state.deadline);
      return;
    }
    this.#budget.spend(frameCost(frame.type));
    switch (frame.type) {
      case 'ticket':
        this.#onTicket(frame.ticket, state);
        return;
      case 'open':
        this.#onOpen(frame.fileRef, frame.fileId);
        return;
      case 'find':
        this.#onFind(frame);
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
    // Who was at the other end when this device dialled.
    const metDevice = this.#origin?.way === 'called' ? this.#origin.deviceId : undefined;
    const proven = proveDialler(hello, nonce, this.#socket, this.#host, metDevice);
    this.#host.onProven(this, proven);
    this.#buffers.belongTo(proven.ticket.userId);
    this.#toProven(proven);
    this.#reader.onHandshakeDone();
    this.#sender.sendFrame({
      type: 'welcome',
      version: PEER_PROTOCOL_VERSION,
      maxRequests: MAX_REQUESTS_IN_FLIGHT,
      maxBlockLength: MAX_BLOCK_LENGTH,
    });
  }

  /** A renewed ticket; main hears of it only when it says something new. */
  #onTicket(bytes: Uint8Array, before: ProvenDialler): void {
    const proven = renewTicket(bytes, before, this.#host);
    const { epoch, expiresAtMs } = before.ticket;
    if (proven.ticket.epoch === epoch && proven.ticket.expiresAtMs === expiresAtMs) return;
    this.#toProven(proven);
  }

  #toProven({ deviceId, ticket }: ProvenDialler): void {
    this.#state = { at: 'proven', deviceId, ticket };
    const { id: session, remote } = this;
    const way = this.#origin && { way: this.#origin.way };
    this.#host.post({ type: 'proven', session, ...ticket, remote, ...way });
  }

  #onOpen(fileRef: number, fileId: string): void {
    this.#files.open(fileRef, fileId);
    this.#host.post({ type: 'open', session: this.id, fileRef, fileId });
  }

  #onFind(question: Extract<PeerFrame, { type: 'find' }>): void {
    if (++this.#questions > MAX_NAME_QUESTIONS_PER_SESSION) throw unexpected(question);
    const { fileRef, nameHash } = question;
    this.#files.open(fileRef, question);
    this.#host.post({ type: 'find', session: this.id, fileRef, nameHash });
  }

  #onClose(fileRef: number): void {
    if (this.#files.close(fileRef)) this.#postReleased(fileRef);
    this.queue.serve();
  }

  #postReleased(fileRef: number): void {
    const sentBytes = this.queue.takeSentBytesOf(fileRef);
    this.#host.post({ type: 'released', session: this.id, fileRef, sentBytes });
  }

  #onHave(fileRef: number, pieceIndex: number): void {
    const file = this.#files.withPiece(fileRef, pieceIndex);
    if (file) this.#host.scheduler.onPeerHas(file.fileId, pieceIndex);
  }

  /** True when something was sent since the last report. */
  #report(): boolean {
    const bytes = this.queue.takeSentBytes();
    if (bytes > 0) this.#host.post({ type: 'sent', session: this.id, bytes });
    return bytes > 0;
  }
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `a ${frame.type} frame does not belong there`);
}
