/**
 * The requests of one upload session, and their answers: each gets exactly one BLOCK or REJECT, in
 * order but for those that are taken back. When one is answered is the scheduler's decision.
 * Owns the requests that wait.
 */
import { PeerError, type ErrorCode, type WireError } from '../../net/errors.js';
import { faultOf } from '../../net/fault.js';
import type { FrameBudget } from '../../net/frame-budget.js';
import { MAX_REQUESTS_IN_FLIGHT, SMALL_REQUEST_BYTES } from '../../net/limits.js';
import { BLOCK_HEAD_BYTES, writeBlockHead, type BlockRange } from '../../net/peer-frames.js';
import { pieceOffset } from '../../net/piece-layout.js';
import type { BlockSender } from './block-sender.js';
import type { SessionBuffers } from './buffer-share.js';
import type { OpenFile, ServedFiles } from './served-files.js';
import type {
  Answer,
  PendingRequest,
  ScheduledSession,
  UploadScheduler,
} from './upload-scheduler.js';

/** What the queue needs of its session. */
export interface RequestQueueParts {
  readonly files: Pick<ServedFiles, 'fileIdOf' | 'forReading' | 'isOpening'>;
  readonly sender: Pick<BlockSender, 'hasRoom' | 'sendBlock' | 'sendFrame'>;
  readonly buffers: Pick<SessionBuffers, 'take' | 'give' | 'whenFree' | 'forget'>;
  readonly scheduler: Pick<UploadScheduler, 'serve' | 'remove'>;
  /** Pays for requests; one that is answered with bytes costs nothing in the end. */
  readonly budget: FrameBudget;
  /** The clock of the scheduler, in milliseconds. */
  readonly nowMs: () => number;
  /** The file on disk is not what it was. */
  readonly onReadFailed: (fileRef: number, error: WireError) => void;
  /** No descriptors or no memory are left to read with: the file is well, and the session should end. */
  readonly onShortage: () => void;
}

export class RequestQueue implements ScheduledSession {
  /** Oldest first. */
  readonly requests: PendingRequest[] = [];
  readonly #parts: RequestQueueParts;
  /** Has the scheduler look at this queue. */
  readonly serve = (): void => this.#parts.scheduler.serve(this);
  #sentBytes = 0;
  /** By the number of the file, while that is open. */
  readonly #sentBytesOf = new Map<number, number>();

  constructor(parts: RequestQueueParts) {
    this.#parts = parts;
  }

  get hasRoom(): boolean {
    return this.#parts.sender.hasRoom;
  }

  /** @throws PeerError PROTOCOL_VIOLATION when more wait than WELCOME allowed, or come in vain */
  add(request: BlockRange): void {
    if (this.requests.length >= MAX_REQUESTS_IN_FLIGHT) {
      throw new PeerError('PROTOCOL_VIOLATION', 'too many requests in flight');
    }
    this.#parts.budget.spend();
    const fileId = this.#parts.files.fileIdOf(request.fileRef) ?? '';
    this.requests.push({ ...request, fileId, atMs: this.#parts.nowMs() });
    this.serve();
  }

  /** The peer was told that this is answered as if it had requested it: that is paid for with the question. */
  addPromised(request: BlockRange): void {
    const fileId = this.#parts.files.fileIdOf(request.fileRef) ?? '';
    this.requests.push({ ...request, fileId, atMs: this.#parts.nowMs() });
  }

  /** Takes a request back; it may have crossed with its block, which then was the answer. */
  cancel(range: BlockRange): void {
    const request = this.requests.find(
      ({ fileRef, pieceIndex, offset, length }) =>
        fileRef === range.fileRef &&
        pieceIndex === range.pieceIndex &&
        offset === range.offset &&
        length === range.length,
    );
    if (request) this.#reject(request, 'REQUEST_CANCELLED');
  }

  /**
   * Takes a request from the queue and answers it; calls back when another may follow. Leaves it
   * there when no buffer is free, and has itself served again once one is; or when its file is being opened,
   * and is served again by whoever hears of that.
   */
  answer(request: PendingRequest, onSent: () => void): Answer {
    const { files, buffers, sender, budget, onReadFailed, onShortage } = this.#parts;
    if (files.isOpening(request.fileRef)) return 'waits';
    const file = files.forReading(request);
    if (typeof file === 'string') {
      this.#reject(request, file);
      return 'rejected';
    }
    const buffer = buffers.take(request.length);
    if (!buffer) {
      buffers.whenFree(this.serve);
      return 'waits';
    }
    const error = readInto(buffer, file, request);
    if (error) {
      buffers.give(buffer);
      if (error.code === 'SYSTEM_LIMIT') {
        this.#remove(request);
        onShortage();
        return 'rejected';
      }
      file.isBroken = true;
      this.#reject(request, 'PIECE_NOT_AVAILABLE');
      onReadFailed(request.fileRef, error);
      return 'rejected';
    }
    this.#remove(request);
    writeBlockHead(buffer, request);
    this.#sentBytes += request.length;
    const ofFile = this.#sentBytesOf.get(request.fileRef) ?? 0;
    this.#sentBytesOf.set(request.fileRef, ofFile + request.length);
    if (request.length >= SMALL_REQUEST_BYTES) budget.giveBack();
    sender.sendBlock(buffer, BLOCK_HEAD_BYTES + request.length, onSent);
    return 'sent';
  }

  /** Bytes of blocks that were handed to the socket since they were last taken. */
  takeSentBytes(): number {
    const bytes = this.#sentBytes;
    this.#sentBytes = 0;
    return bytes;
  }

  /** The same of one file since it was opened, which it is no more. */
  takeSentBytesOf(fileRef: number): number {
    const bytes = this.#sentBytesOf.get(fileRef) ?? 0;
    this.#sentBytesOf.delete(fileRef);
    return bytes;
  }

  /** Forgets what waits: the connection is over, and nobody hears an answer. */
  close(): void {
    this.#parts.buffers.forget(this.serve);
    this.requests.length = 0;
    this.#parts.scheduler.remove(this);
  }

  #remove(request: PendingRequest): void {
    this.requests.splice(this.requests.indexOf(request), 1);
  }

  #reject(request: PendingRequest, code: ErrorCode): void {
    this.#remove(request);
    const { fileRef, pieceIndex, offset, length } = request;
    this.#parts.sender.sendFrame({ type: 'reject', fileRef, pieceIndex, offset, length, code });
  }
}

/** Reads a range behind the place of its block head; answers what the disk says when it cannot. */
function readInto(buffer: Buffer, file: OpenFile, request: BlockRange): WireError | undefined {
  const at = pieceOffset(file.layout, request.pieceIndex) + request.offset;
  try {
    file.content.read(at, buffer, BLOCK_HEAD_BYTES, request.length);
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}
