/**
 * What names in a folder have in common when a file system takes them for the same one: many ignore
 * case, and how letters and marks are composed. To find that of a name which is not plain takes long,
 * and some characters take many times as long as others, so the work for one table is bounded. Owns
 * how much of it is done.
 */
import { hash } from 'node:crypto';
import { MAX_NAME_BYTES, MAX_NAME_WORK } from './limits.js';

/** Nearly all names: printable ASCII without slash, backslash, or a blank at either end. */
export const PLAIN_NAME = /^[!-.0-[\]-~](?:[ -.0-[\]-~]*[!-.0-[\]-~])?$/;

const [BLANK, DOT, SLASH, BACKSLASH] = [0x20, 0x2e, 0x2f, 0x5c] as const;
const [CAPITAL_A, CAPITAL_Z, CASE_BIT, LAST_PLAIN] = [0x41, 0x5a, 0x20, 0x7e] as const;
/** Of the two lanes of a digest. */
const SEEDS = [0xdeadbeef | 0, 0x41c6ce57] as const;
const FACTORS = [0x9e3779b1 | 0, 0x5f356495] as const;

/** A name that is composed anew, or grows, takes so many times as long. */
const CHANGED_WEIGHT = 2;
/** So does one in which more marks follow each other than any language has: they are put in order. */
const HEAPED_WEIGHT = 4;
const HEAP_LENGTH = 8;
const HEAPED_MARKS = /^\p{M}{8}/u;

export class TwinKeys {
  readonly #most: number;
  #work = 0;

  /** `most` is counted as `MAX_NAME_WORK` is. */
  constructor(most = MAX_NAME_WORK) {
    this.#most = most;
  }

  /** More is to be done than there may be. */
  get isSpent(): boolean {
    return this.#work > this.#most;
  }

  /** Two names of one folder with the same key are twins. */
  of(name: string): string {
    return brief(this.#folded(name));
  }

  /** The digest of the key of a name: of 100,000 that are no twins, two share one once in a million folders. */
  digestOf(name: string): number {
    const key = this.#folded(name);
    let one: number = SEEDS[0];
    let other: number = SEEDS[1];
    for (let at = 0; at < key.length; at++) {
      one = Math.imul(one ^ key.charCodeAt(at), FACTORS[0]);
      other = Math.imul(other ^ key.charCodeAt(at), FACTORS[1]);
    }
    return digestOf(one, other);
  }

  #folded(name: string): string {
    if (PLAIN_NAME.test(name)) return name.toLowerCase();
    const composed = name.normalize('NFC');
    // By way of capitals, because some letters have a form that only lower case tells apart (ß, ς).
    const folded = composed.toUpperCase().toLowerCase();
    const key = folded === composed ? composed : folded.normalize('NFC');
    const isChanged = composed !== name || key.length > name.length;
    const isHeaped = composed !== name && hasHeap(name);
    this.#work += name.length * (isHeaped ? HEAPED_WEIGHT : isChanged ? CHANGED_WEIGHT : 1);
    return key;
  }
}

/** Looked for at every eighth place, so that a heap of fifteen is found, and the look costs little. */
function hasHeap(name: string): boolean {
  for (let at = 0; at + HEAP_LENGTH <= name.length; at += HEAP_LENGTH) {
    if (HEAPED_MARKS.test(name.slice(at, at + HEAP_LENGTH))) return true;
  }
  return false;
}

/**
 * The digest of the key of a plain name that lies in bytes, without a string of it; undefined for any other
 * name.
 */
export function plainDigest(bytes: Uint8Array, from: number, to: number): number | undefined {
  const length = to - from;
  if (length === 0 || bytes[from] === BLANK || bytes[to - 1] === BLANK) return undefined;
  const beginsWithDot = bytes[from] === DOT;
  if (beginsWithDot && (length === 1 || (length === 2 && bytes[from + 1] === DOT)))
    return undefined;
  let one: number = SEEDS[0];
  let other: number = SEEDS[1];
  for (let at = from; at < to; at++) {
    let byte = bytes[at]!;
    if (byte < BLANK || byte > LAST_PLAIN || byte === SLASH || byte === BACKSLASH) return undefined;
    if (byte >= CAPITAL_A && byte <= CAPITAL_Z) byte |= CASE_BIT;
    one = Math.imul(one ^ byte, FACTORS[0]);
    other = Math.imul(other ^ byte, FACTORS[1]);
  }
  return digestOf(one, other);
}

/**
 * 53 bits of two lanes. Nobody gains by finding two keys of one digest: a table in which they are beside each
 * other is refused, and its names are whoever's who shared it.
 */
function digestOf(first: number, second: number): number {
  const one = mixed(first) ^ mixed(second ^ (second >>> 13));
  const other = mixed(second) ^ mixed(first ^ (first >>> 13));
  return (other & 0x1f_ffff) * 2 ** 32 + (one >>> 0);
}

function mixed(lane: number): number {
  return Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
}

/** Some names come apart into many times as much, and so many are remembered. */
function brief(key: string): string {
  return key.length <= MAX_NAME_BYTES ? key : hash('sha1', key, 'base64');
}
