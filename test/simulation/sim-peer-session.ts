/**
 * A peer session as a transfer thread runs it, with the real bookkeeping of a file that is fetched; the
 * socket is simulated, and the way between thread and main takes a moment.
 *
 *   dialling → opening → open; each of them → ended
 */
import { deferred } from '../../src/net/deferred.js';
import { PeerError, toWireError, type WireError } from '../../src/net/errors.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_REQUESTS_IN_FLIGHT,
  PEER_HANDSHAKE_TIMEOUT_MS,
  REPORT_INTERVAL_MS,
} from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import type {
  FileToFetch,
  MainToPeerSession,
  PeerSessionToMain,
} from '../../src/workers/messages/peer-session.js';
import type { TaskOutcome } from '../../src/workers/messages/thread.js';
import { FileFetch } from '../../src/workers/fetching/file-fetch.js';
import { PipelineGauge } from '../../src/workers/fetching/pipeline-gauge.js';
import type { PieceSlots } from '../../src/workers/memory/piece-slots.js';
import type { RunningTask } from '../../src/main/threads/transfer-pool.js';
import type { SimWriter, SlotTags } from './sim-disk.js';
import { FRAME_BYTES, type SimFrame } from './sim-frame.js';
import type { Socket } from './sim-network.js';
import type { VirtualClock } from './virtual-clock.js';

/** What the sessions of a client share. */
export interface SessionOwners {
  readonly clock: VirtualClock;
  readonly userId: string;
  readonly slots: PieceSlots;
  readonly tags: SlotTags;
  readonly writer: SimWriter;
  /** A piece that was held as given up, or came in vain. */
  readonly onWasted: (bytes: number) => void;
}

export interface SessionRequest extends FileToFetch {
  readonly peerDeviceId: string;
  readonly addresses: readonly PeerAddress[];
  readonly blockLength: number;
  readonly pipelineBytes: number;
}

/** Dials; calls back once, with a socket or without. */
export type Dial = (
  addresses: readonly PeerAddress[],
  onDone: (socket: Socket<SimFrame> | undefined, address?: PeerAddress) => void,
) => void;

const WELCOME = { maxRequests: MAX_REQUESTS_IN_FLIGHT, maxBlockLength: MAX_BLOCK_LENGTH };

export class SimPeerSession implements RunningTask<MainToPeerSession> {
  readonly peerDeviceId: string;
  readonly #owners: SessionOwners;
  readonly #onMessage: (message: PeerSessionToMain) => void;
  readonly #hopMs: number;
  readonly #gauge: PipelineGauge;
  readonly #file: FileFetch;
  readonly #settled = deferred<TaskOutcome>();
  /** Pieces that main has ordered and not heard of. */
  readonly ordered = new Set<number>();
  /** Since when it has had nothing to do; undefined before it is open, and while it has. */
  idleSinceMs: number | undefined;
  /** When it became ready; undefined before, and once it is over. */
  readySinceMs: number | undefined;
  socket: Socket<SimFrame> | undefined;
  #address: PeerAddress | undefined;
  #reporting: (() => void) | undefined;
  #deadline: (() => void) | undefined;
  #isOver = false;

  constructor(
    owners: SessionOwners,
    request: SessionRequest,
    dial: Dial,
    hopMs: number,
    onMessage: (message: PeerSessionToMain) => void,
  ) {
    this.#owners = owners;
    this.peerDeviceId = request.peerDeviceId;
    this.#onMessage = onMessage;
    this.#hopMs = hopMs;
    const { clock } = owners;
    this.#gauge = new PipelineGauge(request.pipelineBytes, clock.nowMs);
    this.#file = new FileFetch(0, request, {
      slots: owners.slots,
      writer: owners.writer,
      later: clock.later,
      blockLength: request.blockLength,
      pipelineTarget: () => this.#gauge.targetBytes,
      limits: () => WELCOME,
      send: (frame) => this.socket?.send(FRAME_BYTES, frame),
      inOneWrite: (work) => work(),
      post: (message) => this.#post(message),
    });
    this.#deadline = clock.later(PEER_HANDSHAKE_TIMEOUT_MS, () =>
      this.end({ code: 'TIMEOUT', message: 'the peer did not open the file in time' }),
    );
    dial(request.addresses, (socket, address) => this.#onDialled(socket, address));
  }

  get settled(): Promise<TaskOutcome> {
    return this.#settled.promise;
  }

  post(message: MainToPeerSession): void {
    this.#owners.clock.later(this.#hopMs, () => this.#onOrder(message));
  }

  /** Ends the session; main hears of it as its last message. Idempotent. */
  end(error: WireError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.();
    this.#reporting?.();
    this.socket?.reset();
    this.#file.close();
    this.#report();
    const proven = this.#address ? { proven: this.#address } : {};
    this.#post({ type: 'ended', error, ...proven });
  }

  #onDialled(socket: Socket<SimFrame> | undefined, address?: PeerAddress): void {
    if (this.#isOver) return socket?.reset();
    if (!socket) return this.end({ code: 'CONNECTION_LOST', message: 'nobody answers there' });
    this.socket = socket;
    this.#address = address;
    socket.attach({
      onBytes: (count) => this.#onBytes(count),
      onMessage: (frame) => this.#onFrame(frame),
      onDrain: () => {},
      onReset: () => this.end({ code: 'CONNECTION_LOST', message: 'the connection was reset' }),
    });
    socket.send(FRAME_BYTES, { type: 'greeting', userId: this.#owners.userId });
    this.#gauge.onAsked();
    this.#file.open();
    this.#post({ type: 'asked', latencyMs: this.#gauge.latencyMs });
  }

  #onOrder(message: MainToPeerSession): void {
    if (this.#isOver) return;
    switch (message.type) {
      case 'fetch':
        for (const piece of message.pieces) this.ordered.add(piece);
        this.idleSinceMs = undefined;
        if (this.#file.isOpen && this.#file.isDrained) this.#gauge.onAsked();
        this.#file.fetch(message.pieces);
        return;
      case 'cancel':
        this.#file.giveUp(message.pieces);
        return;
      case 'yield':
        this.#file.yield(message.pieces);
        return;
      case 'have':
        this.#file.tellHave(message.pieces);
        return;
      case 'release':
      case 'close':
        this.end(undefined);
        return;
      default:
    }
  }

  #onBytes(count: number): void {
    if (this.#isOver || !this.#file.isOpen) return;
    this.#gauge.onReceived(count);
    this.#reporting ??= this.#owners.clock.later(REPORT_INTERVAL_MS, () => {
      this.#reporting = undefined;
      this.#gauge.measure();
      this.#report();
    });
  }

  #onFrame(frame: SimFrame): void {
    if (this.#isOver) return;
    try {
      this.#take(frame);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.end(toWireError(error));
    }
  }

  #take(frame: SimFrame): void {
    switch (frame.type) {
      case 'opened':
        this.#onOpened(frame.bits);
        return;
      case 'refused':
        this.end({ code: frame.code, message: 'the peer does not serve this file' });
        return;
      case 'have':
        if (this.#file.hasPiece(frame.pieceIndex)) this.#file.onPeerHas(frame.pieceIndex);
        return;
      case 'reject':
        this.#file.onReject(frame, frame.code);
        return;
      case 'block': {
        this.#gauge.onAnswered();
        const at = this.#file.place(frame.head);
        if (at === undefined) this.#owners.onWasted(frame.head.length);
        else this.#owners.tags.set(at, frame.tag);
        this.#file.onBlock(frame.head);
        return;
      }
      default:
    }
  }

  #onOpened(bits: Uint8Array): void {
    const pieces = this.#file.isOpening ? this.#file.onOpened(bits) : undefined;
    if (!pieces) throw new PeerError('PROTOCOL_VIOLATION', 'the peer opened it twice');
    this.#deadline?.();
    this.#gauge.onAnswered();
    this.#gauge.start();
    this.readySinceMs = this.#owners.clock.now;
    // It may have been given pieces with the OPEN.
    this.idleSinceMs = this.ordered.size > 0 ? undefined : this.#owners.clock.now;
    const latencyMs = this.#gauge.latencyMs;
    this.#post({ type: 'ready', bits: pieces.bytes, address: this.#address!, latencyMs });
  }

  #report(): void {
    const bytes = this.#gauge.takeReceived();
    if (bytes > 0) this.#post({ type: 'received', bytes });
  }

  #post(message: PeerSessionToMain): void {
    const { clock } = this.#owners;
    clock.later(this.#hopMs, () => {
      this.#note(message);
      this.#onMessage(message);
      if (message.type !== 'ended') return;
      this.#settled.resolve({ ok: true });
      clock.settles();
    });
  }

  /** What main has heard of is not ordered any more. */
  #note(message: PeerSessionToMain): void {
    if (message.type === 'verified' || message.type === 'returned')
      for (const piece of message.pieces) this.ordered.delete(piece);
    if (message.type === 'bad') this.ordered.delete(message.piece);
    if (message.type === 'ended') this.readySinceMs = undefined;
    else if (this.ordered.size === 0 && this.readySinceMs !== undefined)
      this.idleSinceMs ??= this.#owners.clock.now;
  }
}
