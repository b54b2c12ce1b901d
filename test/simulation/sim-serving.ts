/**
 * The serving side of a simulated client: the real scheduler, request queues and table of files behind
 * simulated sockets. What a liar does, it does here.
 */
import { createRateCell, SharedRateLimiter } from '../../src/net/shared-rate-limiter.js';
import { BLOCK_HEAD_BYTES, readBlockHead, type PeerFrame } from '../../src/net/peer-frames.js';
import { Bitfield } from '../../src/net/bitfield.js';
import { bug } from '../../src/net/errors.js';
import { FrameBudget, frameCost } from '../../src/net/frame-budget.js';
import {
  FRAME_QUEUE_BYTES,
  KiB,
  MAX_BLOCK_LENGTH,
  MAX_SEND_QUEUE_BYTES,
} from '../../src/net/limits.js';
import { RequestQueue } from '../../src/workers/serving/request-queue.js';
import { ServedFiles } from '../../src/workers/serving/served-files.js';
import { UploadScheduler } from '../../src/workers/serving/upload-scheduler.js';
import type { SessionBuffers } from '../../src/workers/serving/buffer-share.js';
import type { Offer } from '../../src/main/sharing/offers.js';
import { FairnessWatch } from './fairness-watch.js';
import { FRAME_BYTES, type SimFrame } from './sim-frame.js';
import type { SimDisk, SimFile } from './sim-disk.js';
import type { Socket } from './sim-network.js';
import type { Vice } from './vices.js';
import type { VirtualClock } from './virtual-clock.js';

const ROOM = MAX_SEND_QUEUE_BYTES - FRAME_QUEUE_BYTES - (BLOCK_HEAD_BYTES + MAX_BLOCK_LENGTH);
const SLICE_BYTES = 16 * KiB;
/** From the serving thread to main and back. */
const MAIN_MS = 0.5;
const MAX_BUFFERS = 48;

export interface ServingOptions {
  readonly clock: VirtualClock;
  readonly file: SimFile;
  readonly disk: SimDisk;
  readonly uploadLimit: number | undefined;
  readonly vice: Vice | undefined;
  readonly random: () => number;
  /** What is offered of the file now. */
  readonly offer: () => Offer | undefined;
  /** Somebody was served out of turn. */
  readonly onUnfair: (what: string) => void;
}

export class SimServing {
  readonly #options: ServingOptions;
  readonly limiter: SharedRateLimiter;
  readonly scheduler: UploadScheduler;
  readonly fairness: FairnessWatch;
  readonly #sessions = new Set<SimUploadSession>();
  readonly #waiting = new Set<() => void>();
  #freeBuffers = MAX_BUFFERS;
  sentBytes = 0;
  /** Blocks that this client has begun to answer. */
  sentBlocks = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    const { clock, uploadLimit, file, onUnfair } = options;
    this.limiter = new SharedRateLimiter(createRateCell(uploadLimit), clock.nowNs);
    this.scheduler = new UploadScheduler(this.limiter, clock.nowMs);
    this.fairness = new FairnessWatch(file.blockLength, onUnfair);
  }

  get sessions(): Iterable<SimUploadSession> {
    return this.#sessions;
  }

  accept(socket: Socket<SimFrame>): void {
    this.#sessions.add(new SimUploadSession(this, socket, this.#options));
  }

  onHave(pieces: readonly number[]): void {
    for (const session of this.#sessions) session.onHave(pieces);
  }

  onEnded(session: SimUploadSession): void {
    this.#sessions.delete(session);
  }

  takeBuffer(): Buffer | undefined {
    if (this.#freeBuffers === 0) return undefined;
    this.#freeBuffers--;
    return Buffer.allocUnsafe(BLOCK_HEAD_BYTES + 4);
  }

  giveBuffer(): void {
    this.#freeBuffers++;
    for (const retry of [...this.#waiting]) {
      this.#waiting.delete(retry);
      retry();
    }
  }

  whenFree(retry: () => void): void {
    this.#waiting.add(retry);
  }

  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }

  /** The process is gone. */
  close(): void {
    for (const { socket } of [...this.#sessions]) socket.reset();
  }
}

export class SimUploadSession {
  readonly socket: Socket<SimFrame>;
  readonly queue: RequestQueue;
  userId = '';
  readonly #serving: SimServing;
  readonly #options: ServingOptions;
  readonly #files = new ServedFiles();
  readonly #budget: FrameBudget;
  /** Buffers on their way out. */
  readonly #held = new Set<Buffer>();
  /** The block that leaves slice by slice. */
  #slicing: (() => void) | undefined;
  #blocks = 0;
  #isOver = false;

  constructor(serving: SimServing, socket: Socket<SimFrame>, options: ServingOptions) {
    this.#serving = serving;
    this.#options = options;
    this.socket = socket;
    this.#budget = new FrameBudget(options.clock.nowMs);
    this.queue = new RequestQueue({
      files: {
        fileIdOf: (fileRef) => this.#files.fileIdOf(fileRef),
        isOpening: (fileRef) => this.#files.isOpening(fileRef),
        forReading: (range) => {
          const found = this.#files.forReading(range);
          return typeof found === 'string' ? found : { ...found, content: this.#content };
        },
      },
      sender: this.#sender(),
      buffers: this.#buffers(),
      scheduler: serving.scheduler,
      budget: this.#budget,
      nowMs: options.clock.nowMs,
      onReadFailed: () => {},
      onShortage: () => {},
    });
    socket.attach({
      onBytes: () => {},
      onMessage: (frame) => this.#onFrame(frame),
      onDrain: () => this.queue.serve(),
      onReset: () => this.#end(),
    });
  }

  onHave(pieces: readonly number[]): void {
    for (const [fileRef, news] of this.#files.gain(this.#fileId, pieces)) {
      for (const pieceIndex of news) this.#send({ type: 'have', fileRef, pieceIndex });
    }
  }

  get #fileId(): string {
    return this.#options.offer()?.fileId ?? '';
  }

  readonly #content = {
    read: (at: number, into: Buffer, to: number): void => {
      into.writeInt32BE(this.#tagAt(at), to);
    },
    close: (): void => {},
  };

  #tagAt(at: number): number {
    const { vice, disk, file } = this.#options;
    const tag = disk.read(at);
    if (vice?.kind !== 'corrupts') return tag;
    // The same pieces each time, spread by a multiplicative hash.
    const piece = Math.floor(at / file.layout.pieceLength);
    const isWrong = ((piece * 2654435761) % 4294967296) / 4294967296 < vice.share;
    return isWrong ? -tag : tag;
  }

  #onFrame(frame: SimFrame): void {
    if (this.#isOver) return;
    const { vice, clock } = this.#options;
    if (vice?.kind === 'mute') return;
    switch (frame.type) {
      case 'greeting':
        this.userId = frame.userId;
        this.#serving.scheduler.add(this.queue, frame.userId);
        return;
      case 'open':
        this.#budget.spend(frameCost('open'));
        this.#files.open(frame.fileRef, frame.fileId);
        clock.later(MAIN_MS, () => this.#onAnswerOfMain(frame.fileRef));
        return;
      case 'request':
        if (this.#isSilent()) return;
        this.queue.add(frame);
        return;
      case 'cancel':
        this.queue.cancel(frame);
        return;
      case 'have': {
        const file = this.#files.withPiece(frame.fileRef, frame.pieceIndex);
        if (file) this.#serving.scheduler.onPeerHas(file.fileId, frame.pieceIndex);
        return;
      }
      default:
        // A real one ends the connection; whoever dials here is always honest.
        bug(`the downloading side sends ${frame.type}`);
    }
  }

  #onAnswerOfMain(fileRef: number): void {
    if (this.#isOver) return;
    const { vice, file } = this.#options;
    const offer = this.#options.offer();
    if (!offer || vice?.kind === 'refuses') {
      this.#files.onWithdrawn(fileRef);
      this.#send({ type: 'refused', fileRef, code: 'NOT_SHARED' });
      this.queue.serve();
      return;
    }
    const opened = this.#files.onOpened(fileRef, {
      content: { type: 'file', fd: -1 },
      ...offer,
      bits: offer.pieces.bytes,
    });
    if (!opened) return;
    const { pieceCount } = file.layout;
    const told = vice?.kind === 'boasts' ? Bitfield.full(pieceCount) : opened.pieces;
    this.#send({ type: 'opened', fileRef, bits: told.bytes.slice() });
    this.queue.serve();
  }

  /** A liar has come to the point from which it answers no more. */
  #isSilent(): boolean {
    const { vice, clock } = this.#options;
    if (vice?.kind !== 'stalls' && vice?.kind !== 'drips') return false;
    if (this.#serving.sentBlocks < vice.afterBlocks) return false;
    if (vice.kind === 'drips' && this.#slicing === undefined) {
      this.#slicing = clock.every(1_000, () => this.socket.send(1, undefined));
    }
    return true;
  }

  #send(frame: PeerFrame): void {
    this.socket.send(FRAME_BYTES, frame);
  }

  #sender() {
    const hasRoom = (): boolean =>
      !this.#isOver && this.#slicing === undefined && this.socket.queuedBytes <= ROOM;
    return {
      get hasRoom() {
        return hasRoom();
      },
      sendFrame: (frame: PeerFrame) => this.#send(frame),
      sendBlock: (buffer: Buffer, length: number, onSent: () => void) =>
        this.#sendBlock(buffer, length, onSent),
    };
  }

  #buffers(): Pick<SessionBuffers, 'take' | 'give' | 'whenFree' | 'forget'> {
    return {
      take: () => {
        const buffer = this.#serving.takeBuffer();
        if (buffer) this.#held.add(buffer);
        return buffer;
      },
      give: (buffer) => this.#give(buffer),
      whenFree: (retry) => this.#serving.whenFree(retry),
      forget: (retry) => this.#serving.forget(retry),
    };
  }

  #give(buffer: Buffer): void {
    if (this.#held.delete(buffer)) this.#serving.giveBuffer();
  }

  #sendBlock(buffer: Buffer, length: number, onSent: () => void): void {
    const head = readBlockHead(buffer);
    const tag = buffer.readInt32BE(BLOCK_HEAD_BYTES);
    this.#serving.sentBytes += head.length;
    this.#serving.sentBlocks++;
    this.#blocks++;
    const { vice } = this.#options;
    if (vice?.kind === 'breaks' && this.#blocks > vice.afterBlocks) {
      this.#options.clock.soon(() => this.socket.reset());
      return;
    }
    const block: SimFrame = { type: 'block', head, tag };
    if (!this.#serving.limiter.isLimited) {
      this.socket.send(length, block, () => this.#give(buffer));
      onSent();
      return;
    }
    this.#serving.fairness.onServed(this, this.#serving.sessions, head.length);
    this.#sendSlices(buffer, block, length, onSent);
  }

  #sendSlices(buffer: Buffer, block: SimFrame, left: number, onSent: () => void): void {
    const bytes = Math.min(left, SLICE_BYTES);
    const isLast = bytes === left;
    const waitMs = this.#serving.limiter.reserve(bytes);
    this.#slicing = this.#options.clock.later(waitMs, () => {
      this.#slicing = undefined;
      if (isLast) {
        this.socket.send(bytes, block, () => this.#give(buffer));
        onSent();
        return;
      }
      this.socket.send(bytes, undefined);
      this.#sendSlices(buffer, block, left - bytes, onSent);
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#slicing?.();
    this.queue.close();
    for (const buffer of [...this.#held]) this.#give(buffer);
    this.#serving.onEnded(this);
  }
}
