/**
 * What one download session has asked of its peer: the pieces in its queue, those being put
 * together in slots, and the blocks in flight. Pure bookkeeping over a slot allocator; it
 * sends nothing and reads nothing.
 *
 * A piece: queued → assembling (holds a slot) → complete (slot handed on), or returned.
 * A block: requested → received or rejected. Every request is answered by the peer exactly
 * once, also a cancelled one; until then its slot stays held, because bytes may still come.
 */
import { PeerError } from '../../net/errors.js';
import { MAX_SESSION_PIECE_BYTES } from '../../net/limits.js';
import { pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';
import type { PieceSlots, Slot } from '../memory/piece-slots.js';

/** A block of a piece, in bytes from the piece's start. */
export interface Block {
  readonly pieceIndex: number;
  readonly offset: number;
  readonly length: number;
}

interface Assembly {
  readonly pieceIndex: number;
  readonly slot: Slot;
  /** Bytes asked for so far, from the start of the piece. */
  requested: number;
  received: number;
  /** Requests that the peer has not answered yet. */
  unanswered: number;
  /** Set when main took the piece back or the peer rejected a part: what comes is discarded. */
  isGivenUp: boolean;
  /** Main takes the piece back unless its bytes are on their way: `in-vain` once they have begun to come. */
  recall: 'none' | 'asked' | 'in-vain';
  /** Blocks that were rejected for a recall that was in vain: asked for again. */
  readonly again: Block[];
}

export class RequestPipeline {
  readonly #layout: PieceLayout;
  readonly #slots: PieceSlots;
  #queue: number[] = [];
  readonly #assemblies = new Map<number, Assembly>();
  readonly #inFlight: Block[] = [];
  /** One of those: it comes unasked, and there is no memory for it. */
  #unwelcome: Block | undefined;
  #heldBytes = 0;
  #inFlightBytes = 0;

  constructor(layout: PieceLayout, slots: PieceSlots) {
    this.#layout = layout;
    this.#slots = slots;
  }

  /** Blocks requested and not answered. */
  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#assemblies.size === 0;
  }

  /** Appends pieces to the queue. */
  enqueue(pieces: readonly number[]): void {
    this.#queue.push(...pieces);
  }

  /**
   * The next block to request, of `blockLength` bytes or what is left of its piece; `no-slot` when
   * memory must become free first.
   */
  next(blockLength: number): Block | 'nothing' | 'no-slot' {
    const assembly = this.#unfinishedAssembly() ?? this.#startNext();
    if (typeof assembly === 'string') return assembly;
    const block = assembly.again.pop() ?? nextOf(assembly, blockLength);
    const { length } = block;
    assembly.unanswered++;
    this.#inFlight.push(block);
    this.#inFlightBytes += length;
    return block;
  }

  /**
   * The beginning of a piece comes without a request: takes it for requested. Without memory for it what comes is
   * dropped, and the piece is as any other; answers the block to cancel at the peer.
   */
  expect({ pieceIndex, length }: Pick<Block, 'pieceIndex' | 'length'>): Block | undefined {
    this.enqueue([pieceIndex]);
    if (typeof this.next(length) !== 'string') return undefined;
    this.#takeQueued(new Set([pieceIndex]));
    this.#unwelcome = { pieceIndex, offset: 0, length };
    this.#inFlight.push(this.#unwelcome);
    this.#inFlightBytes += length;
    return this.#unwelcome;
  }

  /**
   * Where the bytes of an arriving block belong; undefined when they are not wanted any more.
   * @throws PeerError PROTOCOL_VIOLATION for a block that was never requested
   */
  place(block: Block): number | undefined {
    if (this.#isUnwelcome(block)) return undefined;
    const assembly = this.#assemblies.get(block.pieceIndex);
    if (!assembly || this.#positionOf(block) < 0) throw unrequested(block);
    return assembly.isGivenUp ? undefined : assembly.slot.at + block.offset;
  }

  /** A block has arrived; answers the piece's slot once the piece is complete. */
  onBlock(block: Block): Slot | undefined {
    if (this.#isUnwelcome(block)) return this.#settleUnwelcome(block);
    const assembly = this.#settle(block);
    assembly.received += block.length;
    if (assembly.recall === 'asked') assembly.recall = 'in-vain';
    if (assembly.isGivenUp) {
      this.#releaseWhenAnswered(assembly);
      return undefined;
    }
    if (assembly.received < assembly.slot.length) return undefined;
    this.#assemblies.delete(block.pieceIndex);
    this.#heldBytes -= assembly.slot.length;
    return assembly.slot;
  }

  /**
   * The peer will not send a block, `isCancelled` because it was told so; answers `given-up` when this takes its piece back from the session, `recalled`
   * when that was wanted, `nothing` when it had been given up before.
   */
  onReject(block: Block, isCancelled = false): 'given-up' | 'recalled' | 'nothing' {
    if (this.#isUnwelcome(block)) return this.#settleUnwelcome(block) ?? 'nothing';
    const assembly = this.#settle(block);
    const { recall, isGivenUp } = assembly;
    if (!isGivenUp && isCancelled && recall === 'in-vain') {
      // What is said of a block is a whole frame, and must not become the next request.
      const { pieceIndex, offset, length } = block;
      assembly.again.push({ pieceIndex, offset, length });
      return 'nothing';
    }
    assembly.isGivenUp = true;
    this.#releaseWhenAnswered(assembly);
    if (isGivenUp) return 'nothing';
    return isCancelled && recall === 'asked' ? 'recalled' : 'given-up';
  }

  /** Gives up pieces; answers those really given back, and the blocks to cancel at the peer. */
  giveUp(pieces: readonly number[]): { returned: number[]; cancelled: Block[] } {
    const wanted = new Set(pieces);
    const returned = this.#takeQueued(wanted);
    for (const piece of pieces) {
      const assembly = this.#assemblies.get(piece);
      if (!assembly || assembly.isGivenUp) continue;
      assembly.isGivenUp = true;
      returned.push(piece);
      this.#releaseWhenAnswered(assembly);
    }
    const cancelled = this.#inFlight.filter((block) => wanted.has(block.pieceIndex));
    return { returned, cancelled };
  }

  /**
   * Gives up those of the pieces of which nothing has come: at once where nothing was requested, the others when the
   * peer rejects what is to be cancelled there. Their blocks are as good as any should the peer have sent them.
   */
  recall(pieces: readonly number[]): { returned: number[]; cancelled: Block[] } {
    const returned = this.#takeQueued(new Set(pieces));
    const recalled = new Set<number>();
    for (const piece of pieces) {
      const assembly = this.#assemblies.get(piece);
      if (!assembly || assembly.isGivenUp || assembly.recall !== 'none' || assembly.received > 0)
        continue;
      assembly.recall = 'asked';
      recalled.add(piece);
    }
    return { returned, cancelled: this.#inFlight.filter((one) => recalled.has(one.pieceIndex)) };
  }

  #takeQueued(wanted: ReadonlySet<number>): number[] {
    const returned = this.#queue.filter((piece) => wanted.has(piece));
    this.#queue = this.#queue.filter((piece) => !wanted.has(piece));
    return returned;
  }

  /** Gives up everything; answers the blocks to cancel at the peer. */
  giveUpAll(): readonly Block[] {
    return this.giveUp([...this.#queue, ...this.#assemblies.keys()]).cancelled;
  }

  /** Releases every slot: the connection is gone and nothing can arrive any more. */
  close(): void {
    for (const assembly of this.#assemblies.values()) this.#slots.release(assembly.slot);
    this.#assemblies.clear();
    this.#queue = [];
    this.#inFlight.length = 0;
  }

  #unfinishedAssembly(): Assembly | undefined {
    for (const assembly of this.#assemblies.values()) {
      const isWanted = !assembly.isGivenUp && assembly.recall !== 'asked';
      const isUnfinished = assembly.requested < assembly.slot.length || assembly.again.length > 0;
      if (isWanted && isUnfinished) return assembly;
    }
    return undefined;
  }

  #startNext(): Assembly | 'nothing' | 'no-slot' {
    const position = this.#queue.findIndex((piece) => !this.#assemblies.has(piece));
    const pieceIndex = this.#queue[position];
    if (pieceIndex === undefined) return 'nothing';
    const length = pieceLengthAt(this.#layout, pieceIndex);
    const bound = Math.max(MAX_SESSION_PIECE_BYTES, 2 * this.#layout.pieceLength);
    if (this.#heldBytes + length > bound) return 'nothing';
    const slot = this.#slots.acquire(length);
    if (!slot) return 'no-slot';
    this.#queue.splice(position, 1);
    this.#heldBytes += length;
    const assembly = {
      pieceIndex,
      slot,
      requested: 0,
      received: 0,
      unanswered: 0,
      isGivenUp: false,
      recall: 'none' as const,
      again: [],
    };
    this.#assemblies.set(pieceIndex, assembly);
    return assembly;
  }

  #settle(block: Block): Assembly {
    const assembly = this.#assemblies.get(block.pieceIndex);
    const position = this.#positionOf(block);
    if (!assembly || position < 0) throw unrequested(block);
    this.#takeFromFlight(position);
    assembly.unanswered--;
    return assembly;
  }

  /** The same block may have been requested since: of two that are alike the first that comes is this one. */
  #isUnwelcome(block: Block): boolean {
    return this.#unwelcome !== undefined && isSame(this.#unwelcome, block);
  }

  #settleUnwelcome(block: Block): undefined {
    this.#unwelcome = undefined;
    this.#takeFromFlight(this.#positionOf(block));
  }

  #takeFromFlight(position: number): void {
    for (const { length } of this.#inFlight.splice(position, 1)) this.#inFlightBytes -= length;
  }

  #releaseWhenAnswered(assembly: Assembly): void {
    if (assembly.unanswered > 0) return;
    this.#assemblies.delete(assembly.pieceIndex);
    this.#heldBytes -= assembly.slot.length;
    this.#slots.release(assembly.slot);
  }

  #positionOf(block: Block): number {
    return this.#inFlight.findIndex((one) => isSame(one, block));
  }
}

function isSame(one: Block, { pieceIndex, offset, length }: Block): boolean {
  return one.pieceIndex === pieceIndex && one.offset === offset && one.length === length;
}

/** What was not asked for yet, from where that begins. */
function nextOf(assembly: Assembly, blockLength: number): Block {
  const { pieceIndex, requested: offset, slot } = assembly;
  const length = Math.min(blockLength, slot.length - offset);
  assembly.requested += length;
  return { pieceIndex, offset, length };
}

function unrequested(block: Block): PeerError {
  return new PeerError(
    'PROTOCOL_VIOLATION',
    `the peer answered a request that was never made (piece ${block.pieceIndex}, offset ${block.offset})`,
  );
}
