/**
 * A set of piece indexes, one bit each, in the order of BEP 3: bit 7 of byte 0 is piece 0.
 * Spare bits at the end are zero; a received bitfield that breaks this is refused.
 */
import { bug } from './errors.js';

export class Bitfield {
  /** Bits in the set. */
  #count = 0;
  readonly length: number;
  readonly bytes: Uint8Array;

  /** An empty set over `length` pieces. */
  constructor(length: number) {
    this.length = length;
    this.bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /** A set over `length` pieces that has them all. */
  static full(length: number): Bitfield {
    const full = new Bitfield(length);
    full.bytes.fill(0xff);
    const spare = length % 8;
    if (spare !== 0) full.bytes[full.bytes.length - 1] = (0xff << (8 - spare)) & 0xff;
    full.#count = length;
    return full;
  }

  /** Copies a received set, or undefined when its size or its spare bits are wrong. */
  static from(bytes: Uint8Array, length: number): Bitfield | undefined {
    const copy = new Bitfield(length);
    if (bytes.length !== copy.bytes.length) return undefined;
    copy.bytes.set(bytes);
    const spare = length % 8;
    if (spare !== 0 && ((copy.bytes[bytes.length - 1] ?? 0) & (0xff >> spare)) !== 0)
      return undefined;
    for (const byte of copy.bytes) copy.#count += bitsOf(byte);
    return copy;
  }

  /** How many pieces are in the set. */
  get count(): number {
    return this.#count;
  }

  /** True when every piece is in the set. */
  get isFull(): boolean {
    return this.#count === this.length;
  }

  has(index: number): boolean {
    return ((this.bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }

  /** Adds a piece; true when it was not there before. */
  add(index: number): boolean {
    if (index < 0 || index >= this.length) bug(`bit ${index} of ${this.length}`);
    if (this.has(index)) return false;
    this.bytes[index >> 3]! |= 0x80 >> (index & 7);
    this.#count++;
    return true;
  }

  /** Removes a piece; true when it was there before. */
  remove(index: number): boolean {
    if (!this.has(index)) return false;
    this.bytes[index >> 3]! &= ~(0x80 >> (index & 7));
    this.#count--;
    return true;
  }

  /** A new set of what is in this one or in another of the same length. */
  or(other: Bitfield): Bitfield {
    return this.#combined(other, (mine, theirs) => mine | theirs);
  }

  /** A new set of what is in both. */
  and(other: Bitfield): Bitfield {
    return this.#combined(other, (mine, theirs) => mine & theirs);
  }

  /** A new set of what is in this one and not in another. */
  without(other: Bitfield | undefined): Bitfield {
    if (!other) return this;
    return this.#combined(other, (mine, theirs) => mine & ~theirs);
  }

  #combined(other: Bitfield, combine: (mine: number, theirs: number) => number): Bitfield {
    if (other.length !== this.length) bug(`sets over ${this.length} and ${other.length} pieces`);
    const both = this.bytes.map((byte, at) => combine(byte, other.bytes[at]!));
    return Bitfield.from(both, this.length) ?? bug('a set with spare bits');
  }

  /** The indexes in the set, ascending. */
  *indexes(): Generator<number> {
    for (let index = 0; index < this.length; index++) if (this.has(index)) yield index;
  }
}

function bitsOf(byte: number): number {
  let bits = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) bits++;
  return bits;
}
