/**
 * SHA-1 by our own kernel, in place: up to four pieces at once, one in each lane of a vector.
 * Owns the kernel's states and padded tails, in the reserved start of the slot memory.
 *
 * A lane is idle → body (whole blocks, where they lie) → tail (the padded end) → idle. Every
 * step takes all lanes as far as the shortest of them goes, so equal lengths cost two calls
 * and unequal ones need no case of their own; a lane that is done takes the next piece.
 */
import { SHA1_BYTES } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import {
  BLOCK_LENGTH,
  LANE_COUNT,
  STATE_WORD_COUNT,
  STATES_AT,
  TAILS_AT,
} from '../memory/kernel-layout.js';
import type { Sha1Kernel } from '../kernel/load-sha1-kernel.js';
import { assertHashInputs, type HashInput, type PieceHasher } from './piece-hasher.js';

const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const TAIL_LENGTH = 2 * BLOCK_LENGTH;
/** The mark after the last byte, and the length in bits. */
const PADDING_LENGTH = 1 + 8;

/** One stream on its way through the kernel. */
interface Lane {
  readonly number: number;
  /** Which input, or undefined when idle. */
  input: number | undefined;
  /** The next block, and how many lie there in a row. */
  at: number;
  blocks: number;
  /** Blocks of the tail that come after those; 0 in the tail itself. */
  tailBlocks: number;
}

/** The `wasm` engine. */
export class LaneHasher implements PieceHasher {
  readonly name = 'wasm';
  readonly batch = LANE_COUNT;
  readonly #kernel: Sha1Kernel;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lanes: readonly Lane[];

  constructor(memory: WebAssembly.Memory, kernel: Sha1Kernel) {
    this.#kernel = kernel;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#lanes = Array.from({ length: LANE_COUNT }, (_, number) => {
      return { number, input: undefined, at: 0, blocks: 0, tailBlocks: 0 };
    });
  }

  sha1(inputs: readonly HashInput[], digests: Uint8Array): void {
    assertHashInputs(inputs, digests, this.#bytes.length);
    let next = 0;
    const fill = (lane: Lane): void => {
      const input = inputs[next];
      if (input !== undefined) this.#begin(lane, next++, input);
    };
    this.#lanes.forEach(fill);
    for (;;) {
      const busy = this.#lanes.filter((lane) => lane.input !== undefined);
      if (busy.length === 0) return;
      this.#step(busy);
      for (const lane of busy) {
        if (lane.blocks === 0 && lane.tailBlocks > 0) this.#bodyToTail(lane);
        if (lane.blocks > 0) continue;
        this.#finish(lane, digests);
        fill(lane);
      }
    }
  }

  #begin(lane: Lane, index: number, { at, length }: HashInput): void {
    for (let word = 0; word < STATE_WORD_COUNT; word++) {
      this.#view.setUint32(stateAt(lane, word), INITIAL_STATE[word]!, true);
    }
    lane.input = index;
    lane.at = at;
    lane.blocks = Math.floor(length / BLOCK_LENGTH);
    lane.tailBlocks = this.#writeTail(lane, at + lane.blocks * BLOCK_LENGTH, length);
    if (lane.blocks === 0) this.#bodyToTail(lane);
  }

  /** Pads the bytes from `restAt` to the piece's end; returns how many blocks that makes. */
  #writeTail(lane: Lane, restAt: number, length: number): number {
    const tailAt = TAILS_AT + TAIL_LENGTH * lane.number;
    const restLength = length % BLOCK_LENGTH;
    const blocks = restLength + PADDING_LENGTH > BLOCK_LENGTH ? 2 : 1;
    const lengthAt = tailAt + blocks * BLOCK_LENGTH - 8;
    this.#bytes.copyWithin(tailAt, restAt, restAt + restLength);
    this.#bytes.fill(0, tailAt + restLength, lengthAt);
    this.#view.setUint8(tailAt + restLength, 0x80);
    this.#view.setBigUint64(lengthAt, BigInt(length) * 8n);
    return blocks;
  }

  #bodyToTail(lane: Lane): void {
    lane.at = TAILS_AT + TAIL_LENGTH * lane.number;
    lane.blocks = lane.tailBlocks;
    lane.tailBlocks = 0;
  }

  /** Idle lanes hash what the first busy one does: two pieces in four lanes beat two in turn. */
  #step(busy: readonly Lane[]): void {
    const [first] = busy;
    if (first === undefined) bug('a step with no busy lane');
    const blocks = Math.min(...busy.map((lane) => lane.blocks));
    if (busy.length === 1) {
      this.#kernel.compress1(first.number, first.at, blocks);
    } else {
      const at = (number: number): number => {
        const lane = this.#lanes[number];
        return lane?.input === undefined ? first.at : lane.at;
      };
      this.#kernel.compress4(at(0), at(1), at(2), at(3), blocks);
    }
    for (const lane of busy) {
      lane.at += blocks * BLOCK_LENGTH;
      lane.blocks -= blocks;
    }
  }

  #finish(lane: Lane, digests: Uint8Array): void {
    if (lane.input === undefined) bug('an idle lane finished');
    const digest = new DataView(digests.buffer, digests.byteOffset + lane.input * SHA1_BYTES);
    for (let word = 0; word < STATE_WORD_COUNT; word++) {
      digest.setUint32(4 * word, this.#view.getUint32(stateAt(lane, word), true));
    }
    lane.input = undefined;
  }
}

function stateAt(lane: Lane, word: number): number {
  return STATES_AT + 4 * (LANE_COUNT * word + lane.number);
}
