/**
 * One file on one connection of the downloading side: requests blocks of the pieces that main
 * hands out, has them checked and written, and reports what became of them.
 *
 * Owns the file's pieces in their slots, and is the one thing of its session that knows the content.
 *
 * What main knows that the peer has may be requested behind the question for the file. So may, on a guess, pieces of
 * a file of which main does not know yet whether it is wanted: they wait in memory until it is `adopted`.
 *
 *   opening → open → released (the content is not used any more; late answers are discarded)
 */
import { Bitfield } from '../../net/bitfield.js';
import { SHA1_BYTES } from '../../net/description.js';
import { bug, PeerError, type ErrorCode } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import { MAX_PIECES_PER_REPORT, PIECE_REPORT_DELAY_MS } from '../../net/limits.js';
import type { BlockRange, PeerFrame, PromisedBlock } from '../../net/peer-frames.js';
import { isPieceIndex, pieceLengthAt, pieceOffset } from '../../net/piece-layout.js';
import type { Content } from '../disk/content.js';
import { CountedContent } from '../disk/counted-content.js';
import { openContent } from '../disk/open-content.js';
import type { FileToFetch, GuessedFile, PeerSessionToMain } from '../messages/peer-session.js';
import type { PieceSlots, Slot } from '../memory/piece-slots.js';
import { GuessedPieces } from './guessed-pieces.js';
import { HaveNews } from './have-news.js';
import type { PeerLimits } from './peer-limits.js';
import type { PieceResult, PieceWriter } from './piece-writer.js';
import { RequestPipeline, type Block } from './request-pipeline.js';

/** What a file needs of the connection on which it is fetched. */
export interface FileFetchHost {
  readonly slots: PieceSlots;
  readonly writer: Pick<PieceWriter, 'submit' | 'flush'>;
  readonly later: Later;
  /** Bytes to request at a time, if the peer allows that. */
  readonly blockLength: number;
  /** Bytes that should be in flight, by the peer's measured rate. */
  pipelineTarget(): number;
  /** What the peer allows; undefined when nothing may be requested. */
  limits(): PeerLimits | undefined;
  send(frame: PeerFrame): void;
  /** Sends all frames of `work` together. */
  inOneWrite(work: () => void): void;
  post(message: PeerSessionToMain): void;
}

/** Where verified pieces go, and what they must hash to. */
interface Target {
  readonly content: Content;
  readonly hashes: Uint8Array;
}

export class FileFetch {
  readonly fileRef: number;
  readonly #file: GuessedFile;
  readonly #host: FileFetchHost;
  /** Undefined for a guess. */
  #target: Target | undefined;
  /** Those that were requested on a guess and that main has not ordered. */
  #guessed = new GuessedPieces([]);
  readonly #pipeline: RequestPipeline;
  readonly #requestMore = (): void => this.request();
  #state: 'opening' | 'open' | 'released' = 'opening';
  /** What the peer says it has, as far as main was told. */
  #peerPieces: Bitfield;
  /** The peer answers nothing before it has opened the file, as those of before do. */
  #isTooEarly = false;
  /** Pieces handed to the writer and not reported yet. */
  #writing = 0;
  #verified: number[] = [];
  /** Set while verified pieces wait to be told of: takes that back. */
  #reporting: (() => void) | undefined;
  readonly #news: HaveNews;

  /** One without a content is a guess. */
  constructor(fileRef: number, file: FileToFetch | GuessedFile, host: FileFetchHost) {
    this.fileRef = fileRef;
    this.#file = file;
    this.#host = host;
    if ('content' in file) this.adopt(file);
    this.#peerPieces = new Bitfield(file.layout.pieceCount);
    this.#pipeline = new RequestPipeline(file.layout, host.slots);
    this.#news = new HaveNews((pieces) => host.post({ type: 'have', pieces }), host.later);
  }

  get isOpening(): boolean {
    return this.#state === 'opening';
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isReleased(): boolean {
    return this.#state === 'released';
  }

  /** What the peer has, as far as it has said so. */
  get peerPieces(): Bitfield {
    return this.#peerPieces;
  }

  /** Pieces that were requested on a guess and not ordered. */
  get guessedPieces(): readonly number[] {
    return this.#guessed.pieces;
  }

  /** True when the peer has answered every request. */
  get isDrained(): boolean {
    return this.#pipeline.inFlightCount === 0;
  }

  hasPiece(index: number): boolean {
    return isPieceIndex(this.#file.layout, index);
  }

  /** Asks the peer for the file. */
  open(): void {
    this.#host.send({ type: 'open', fileRef: this.fileRef, fileId: this.#file.fileId });
  }

  /** Requests pieces that nobody has ordered. */
  guess(pieces: readonly number[]): void {
    this.#guessed = new GuessedPieces(pieces);
    this.#pipeline.enqueue(pieces);
    this.request();
  }

  /** The guess was right: from now on its pieces may be ordered. */
  adopt({ fileId, content, pieceHashes, writes }: FileToFetch): void {
    if (this.#target || fileId !== this.#file.fileId) bug('a guess is taken for another file');
    const opened = openContent(content);
    this.#target = {
      content: writes ? new CountedContent(opened, writes) : opened,
      hashes: new Uint8Array(pieceHashes),
    };
  }

  /** The peer has opened it; answers what it has, undefined when that cannot be. */
  onOpened(bits: Uint8Array): Bitfield | undefined {
    const pieces = Bitfield.from(bits, this.#file.layout.pieceCount);
    if (!pieces) return undefined;
    this.#state = 'open';
    this.#peerPieces = pieces;
    this.request();
    return pieces;
  }

  /**
   * The peer has opened what it was asked for by a name, and sends the beginning of one piece: the rest of that is
   * requested on a guess, unless there is no memory for it. Answers what it has, undefined when that cannot be.
   */
  onFound(bits: Uint8Array, promised: PromisedBlock | undefined): Bitfield | undefined {
    const pieces = Bitfield.from(bits, this.#file.layout.pieceCount);
    if (!pieces) return undefined;
    if (promised) {
      const { pieceIndex, length } = promised;
      if (!this.hasPiece(pieceIndex) || !pieces.has(pieceIndex)) return undefined;
      if (length > pieceLengthAt(this.#file.layout, pieceIndex)) return undefined;
      const unwelcome = this.#pipeline.expect(promised);
      if (unwelcome) this.#cancel([unwelcome]);
      else this.#guessed = new GuessedPieces([pieceIndex]);
    }
    return this.onOpened(bits);
  }

  /** True when this is the very content, cut in the same way. */
  isOf({ fileId, layout }: GuessedFile): boolean {
    const own = this.#file.layout;
    const isCutAlike = own.size === layout.size && own.pieceLength === layout.pieceLength;
    return this.#file.fileId === fileId && isCutAlike && !own.lengths === !layout.lengths;
  }

  /** The peer has a further piece. Only news reaches main: a peer may repeat itself. */
  onPeerHas(piece: number): void {
    if (this.#peerPieces.add(piece) && this.#target) this.#news.add(piece);
  }

  /** Main orders all that it wants of a guess at once: the rest of that is dropped. */
  fetch(pieces: readonly number[]): void {
    this.#pipeline.enqueue(pieces.filter((piece) => !this.#guessed.has(piece)));
    const whole = pieces.flatMap((piece) => {
      const slot = this.#guessed.take(piece);
      return slot ? [{ piece, slot }] : [];
    });
    for (const { piece, slot } of whole) this.#submit(piece, slot);
    const unwanted = this.#dropGuesses();
    if (unwanted.length > 0) this.#cancel(this.#pipeline.giveUp(unwanted).cancelled);
    this.request();
    if (whole.length > 0) this.#flushIfDrained();
  }

  giveUp(pieces: readonly number[]): void {
    const { returned, cancelled } = this.#pipeline.giveUp(pieces);
    this.#cancel(cancelled);
    if (returned.length > 0) {
      this.#host.post({ type: 'returned', pieces: returned, rejected: false });
    }
    this.request();
  }

  /** Gives back what is not on its way from the peer: nothing of it can come twice. */
  yield(pieces: readonly number[]): void {
    if (this.isReleased) return;
    const { returned, cancelled } = this.#pipeline.recall(pieces);
    this.#cancel(cancelled);
    if (returned.length > 0)
      this.#host.post({ type: 'returned', pieces: returned, rejected: false });
  }

  /** Tells the peer which pieces we have. */
  tellHave(pieces: readonly number[]): void {
    if (this.#state !== 'open') return;
    for (const pieceIndex of pieces) {
      this.#host.send({ type: 'have', fileRef: this.fileRef, pieceIndex });
    }
  }

  /** Keeps the pipeline as full as the peer's measured rate asks for. */
  request(): void {
    const limits = this.#host.limits();
    if (this.isReleased || (this.isOpening && this.#isTooEarly) || !limits) return;
    const blockLength = Math.min(this.#host.blockLength, limits.maxBlockLength);
    const { slots } = this.#host;
    const target = this.#host.pipelineTarget();
    // Several requests in one write: topped up once a quarter has come.
    if (this.#pipeline.inFlightBytes > target * 0.75) return;
    this.#host.inOneWrite(() => {
      while (
        this.#pipeline.inFlightBytes < target &&
        this.#pipeline.inFlightCount < limits.maxRequests
      ) {
        const block = this.#pipeline.next(blockLength);
        if (block === 'no-slot') slots.whenFree(this.#requestMore);
        if (typeof block === 'string') break;
        this.#host.send({ type: 'request', fileRef: this.fileRef, ...block });
      }
    });
  }

  /**
   * Where the bytes of a block belong; see RequestPipeline.
   * @throws PeerError before the peer has opened the file: main would hear of pieces whose connection, when it
   *   ends then, is taken for one that has brought nothing
   */
  place(head: BlockRange): number | undefined {
    if (this.isOpening)
      throw new PeerError('PROTOCOL_VIOLATION', 'the peer sends of a file that it has not opened');
    return this.#pipeline.place(head);
  }

  onBlock(block: BlockRange): void {
    const { pieceIndex } = block;
    const slot = this.#pipeline.onBlock(block);
    if (slot && this.#guessed.has(pieceIndex)) this.#guessed.hold(pieceIndex, slot);
    else if (slot) this.#submit(pieceIndex, slot);
    this.request();
    if (slot) this.#flushIfDrained();
  }

  #submit(pieceIndex: number, slot: Slot): void {
    const { content, hashes } = this.#target ?? bug('a piece of a guess is ordered');
    this.#writing++;
    this.#host.writer.submit({
      slot,
      content,
      at: pieceOffset(this.#file.layout, pieceIndex),
      sha1: hashes.subarray(pieceIndex * SHA1_BYTES, (pieceIndex + 1) * SHA1_BYTES),
      onDone: (result) => this.#onPieceDone(pieceIndex, result),
    });
  }

  /** Nothing will come that this batch could wait for. */
  #flushIfDrained(): void {
    if (this.#writing > 0 && this.isDrained) this.#host.writer.flush();
  }

  /** Nobody wants the rest of a guess; answers the pieces. */
  #dropGuesses(): readonly number[] {
    const { pieces, slots } = this.#guessed.takeRest();
    for (const slot of slots) this.#host.slots.release(slot);
    return pieces;
  }

  onReject(block: BlockRange, code: ErrorCode): void {
    const outcome = this.#pipeline.onReject(block, code === 'REQUEST_CANCELLED');
    const isNews = outcome !== 'nothing';
    if (this.isOpening) {
      this.#isTooEarly = true;
      if (isNews) this.#pipeline.enqueue([block.pieceIndex]);
      return;
    }
    if (isNews && this.#guessed.has(block.pieceIndex)) {
      this.#guessed.take(block.pieceIndex);
      this.#peerPieces.remove(block.pieceIndex);
    } else if (outcome === 'recalled') {
      this.#host.post({ type: 'returned', pieces: [block.pieceIndex], rejected: false });
    } else if (isNews && !this.isReleased) {
      // Main hears both in the order in which they were said.
      this.#news.tell();
      this.#peerPieces.remove(block.pieceIndex);
      this.#host.post({ type: 'returned', pieces: [block.pieceIndex], rejected: true });
    }
    this.request();
  }

  /**
   * Ends the use of the content: what is whole is written now, what is under way is cancelled. The
   * connection goes on; nothing else may be opened on it before `isDrained`.
   */
  release(): void {
    if (this.isReleased) return;
    this.#finishWriting();
    this.#state = 'released';
    this.#target?.content.close();
    this.#dropGuesses();
    this.#cancel(this.#pipeline.giveUpAll());
  }

  /** Releases every slot: the connection is gone and nothing can arrive any more. */
  close(): void {
    if (!this.isReleased) this.#finishWriting();
    this.#state = 'released';
    this.#target?.content.close();
    this.#dropGuesses();
    this.#pipeline.close();
  }

  #finishWriting(): void {
    this.#host.slots.forget(this.#requestMore);
    if (this.#writing > 0) this.#host.writer.flush();
    this.#reportVerified();
    this.#news.close();
  }

  #cancel(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.#host.send({ type: 'cancel', fileRef: this.fileRef, ...block });
    }
  }

  #onPieceDone(pieceIndex: number, result: PieceResult): void {
    this.#writing--;
    switch (result.type) {
      case 'written':
        this.#verified.push(pieceIndex);
        if (this.#verified.length >= MAX_PIECES_PER_REPORT || this.#isIdle) this.#reportVerified();
        else
          this.#reporting ??= this.#host.later(PIECE_REPORT_DELAY_MS, () => this.#reportVerified());
        return;
      case 'mismatch':
        this.#host.post({ type: 'bad', piece: pieceIndex });
        return;
      case 'storage-failed':
        this.#host.post(result);
    }
  }

  /** True when main has to be told at once, because there is nothing left to do. */
  get #isIdle(): boolean {
    return this.#writing === 0 && this.#pipeline.isIdle;
  }

  /** A message wakes the main thread, which costs as much as a piece: so several at a time. */
  #reportVerified(): void {
    this.#reporting?.();
    this.#reporting = undefined;
    if (this.#verified.length === 0) return;
    this.#host.post({ type: 'verified', pieces: this.#verified });
    this.#verified = [];
  }
}

/** @throws PeerError for a number that no file of the connection has */
export function unknownFile(): never {
  throw new PeerError('PROTOCOL_VIOLATION', 'the peer speaks of an unknown file');
}
