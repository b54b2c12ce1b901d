/**
 * Writes the SHA-1 kernel as WebAssembly text; scripts/build-kernel.mjs assembles it. Two
 * functions from the same 80 rounds (FIPS 180-4, section 6.1.2), each for one "machine":
 *
 *   compress4  four streams at once, stream i in lane i of every vector, as multi-buffer
 *              hashing does it in isa-l_crypto;
 *   compress1  one stream, in 32-bit integers.
 *
 * Both take addresses and a number of whole blocks (at least 1), read the blocks straight
 * from the imported memory and fold them into the states there. Padding is the caller's.
 * Generated, because unrolled rounds rename their variables instead of moving values.
 */
import { BLOCK_LENGTH, LANE_COUNT, STATES_AT } from '../memory/kernel-layout.js';

const ROUND_COUNT = 80;
const ROUND_CONSTANTS = ['0x5a827999', '0x6ed9eba1', '0x8f1bbcdc', '0xca62c1d6'];
const STATE_WORDS = ['a', 'b', 'c', 'd', 'e'];
const QUARTERS = [0, 1, 2, 3];

/** An expression or a statement, as text. */
type Wat = string;

const get = (name: string): Wat => `(local.get $${name})`;
const set = (name: string, value: Wat): Wat => `(local.set $${name} ${value})`;
const i32 = (value: number | string): Wat => `(i32.const ${value})`;
const shuffle = (lanes: string, x: Wat, y: Wat): Wat => `(i8x16.shuffle ${lanes} ${x} ${y})`;
/** 16 bytes of a stream; slots are aligned, but nothing here depends on it. */
const loadBytes = (stream: string, offset: number): Wat =>
  `(v128.load offset=${offset} align=1 ${get(stream)})`;

// Lanes as lists of byte numbers: 0..15 of the first operand, 16..31 of the second.
const BIG_ENDIAN_WORDS = '3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12';
const LOW_WORDS = '0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23';
const HIGH_WORDS = '8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31';
const LOW_PAIRS = '0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23';
const HIGH_PAIRS = '8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31';
/** A swizzle, because V8 makes five instructions of the same shuffle and one of this. */
const swapBytes = (vector: Wat): Wat =>
  `(i8x16.swizzle ${vector} (v128.const i8x16 ${BIG_ENDIAN_WORDS}))`;

/** What the rounds are written in: one word of every stream is one value. */
interface Machine {
  readonly name: string;
  readonly type: 'v128' | 'i32';
  readonly parameters: readonly string[];
  readonly streams: readonly string[];
  readonly scratch: readonly (readonly [name: string, type: string])[];
  readonly add: (x: Wat, y: Wat) => Wat;
  readonly xor: (x: Wat, y: Wat) => Wat;
  readonly and: (x: Wat, y: Wat) => Wat;
  readonly rotateLeft: (x: Wat, bits: number) => Wat;
  readonly constant: (value: string) => Wat;
  readonly loadState: (word: number) => Wat;
  readonly storeState: (word: number, value: Wat) => Wat;
  /** Fills w(4q)..w(4q+3) from bytes 16q..16q+15 of each stream. */
  readonly loadWords: (quarter: number) => readonly Wat[];
}

const fourLanes: Machine = {
  name: 'compress4',
  type: 'v128',
  parameters: ['stream0', 'stream1', 'stream2', 'stream3'],
  streams: ['stream0', 'stream1', 'stream2', 'stream3'],
  scratch: ['s0', 's1', 's2', 's3', 'lowOf01', 'lowOf23', 'highOf01', 'highOf23'].map(
    (name) => [name, 'v128'] as const,
  ),
  add: (x, y) => `(i32x4.add ${x} ${y})`,
  xor: (x, y) => `(v128.xor ${x} ${y})`,
  and: (x, y) => `(v128.and ${x} ${y})`,
  // WebAssembly has no rotation of lanes. Doubling by an addition spares a shift, for which
  // processors have fewer units.
  rotateLeft: (x, bits) => {
    const left = bits === 1 ? `(i32x4.add ${x} ${x})` : `(i32x4.shl ${x} ${i32(bits)})`;
    return `(v128.or ${left} (i32x4.shr_u ${x} ${i32(32 - bits)}))`;
  },
  constant: (value) => `(v128.const i32x4 ${Array(LANE_COUNT).fill(value).join(' ')})`,
  loadState: (word) => `(v128.load offset=${STATES_AT + 16 * word} ${i32(0)})`,
  storeState: (word, value) => `(v128.store offset=${STATES_AT + 16 * word} ${i32(0)} ${value})`,
  // A 4x4 transpose: four rows with four words of one stream each become four columns.
  loadWords: (quarter) => {
    const column = (index: number, lanes: string, x: string, y: string): Wat =>
      set(`w${4 * quarter + index}`, shuffle(lanes, get(x), get(y)));
    return [
      ...QUARTERS.map((row) => set(`s${row}`, swapBytes(loadBytes(`stream${row}`, 16 * quarter)))),
      set('lowOf01', shuffle(LOW_WORDS, get('s0'), get('s1'))),
      set('lowOf23', shuffle(LOW_WORDS, get('s2'), get('s3'))),
      set('highOf01', shuffle(HIGH_WORDS, get('s0'), get('s1'))),
      set('highOf23', shuffle(HIGH_WORDS, get('s2'), get('s3'))),
      column(0, LOW_PAIRS, 'lowOf01', 'lowOf23'),
      column(1, HIGH_PAIRS, 'lowOf01', 'lowOf23'),
      column(2, LOW_PAIRS, 'highOf01', 'highOf23'),
      column(3, HIGH_PAIRS, 'highOf01', 'highOf23'),
    ];
  },
};

const LANE_OFFSET = `(i32.shl ${get('lane')} ${i32(2)})`;

/** `lane` says whose state. */
const oneLane: Machine = {
  name: 'compress1',
  type: 'i32',
  parameters: ['lane', 'stream'],
  streams: ['stream'],
  scratch: [['bytes', 'v128']],
  add: (x, y) => `(i32.add ${x} ${y})`,
  xor: (x, y) => `(i32.xor ${x} ${y})`,
  and: (x, y) => `(i32.and ${x} ${y})`,
  rotateLeft: (x, bits) => `(i32.rotl ${x} ${i32(bits)})`,
  constant: i32,
  loadState: (word) => `(i32.load offset=${STATES_AT + 16 * word} ${LANE_OFFSET})`,
  storeState: (word, value) =>
    `(i32.store offset=${STATES_AT + 16 * word} ${LANE_OFFSET} ${value})`,
  loadWords: (quarter) => [
    set('bytes', swapBytes(loadBytes('stream', 16 * quarter))),
    ...QUARTERS.map((i) => set(`w${4 * quarter + i}`, `(i32x4.extract_lane ${i} ${get('bytes')})`)),
  ],
};

/** Ch, Parity and Maj; the terms of Ch and Maj share no bit, so xor and add do for or. */
function mix({ add, xor, and }: Machine, quarter: number, [b, c, d]: readonly Wat[]): Wat {
  if (b === undefined || c === undefined || d === undefined) throw new Error('bug: three words');
  if (quarter === 0) return xor(d, and(b, xor(c, d)));
  if (quarter === 2) return add(and(b, c), and(d, xor(b, c)));
  return xor(xor(b, c), d);
}

/** The word of this round, from those 3, 8, 14 and 16 rounds before. */
function schedule({ xor, rotateLeft }: Machine, index: number): readonly Wat[] {
  const word = `w${index % 16}`;
  const before = (rounds: number): Wat => get(`w${(index - rounds) % 16}`);
  return [
    set(word, xor(xor(before(3), before(8)), xor(before(14), before(16)))),
    set(word, rotateLeft(get(word), 1)),
  ];
}

/** One round; what was `a` in this one is called `b` in the next, and so on. */
function round(machine: Machine, index: number): readonly Wat[] {
  const { add, rotateLeft } = machine;
  const name = (position: number): string => STATE_WORDS[(position + 4 * index) % 5] ?? '';
  const [a, b, e] = [name(0), name(1), name(4)];
  const quarter = Math.floor(index / 20);
  const input = add(get(e), add(get(`w${index % 16}`), get(`k${quarter}`)));
  return [
    ...(index < 16 ? [] : schedule(machine, index)),
    set(
      e,
      add(
        input,
        mix(
          machine,
          quarter,
          [1, 2, 3].map((position) => get(name(position))),
        ),
      ),
    ),
    set(e, add(get(e), rotateLeft(get(a), 5))),
    set(b, rotateLeft(get(b), 30)),
  ];
}

/** The function of one machine: (lane?, ...streams, blocks). */
function compressFunction(machine: Machine): Wat {
  const typed = (names: readonly string[]) => names.map((name) => [name, machine.type] as const);
  const words = Array.from({ length: 16 }, (_, index) => `w${index}`);
  const constants = QUARTERS.map((quarter) => `k${quarter}`);
  const locals = [...typed([...STATE_WORDS, ...words, ...constants]), ...machine.scratch];
  return [
    `(func (export "${machine.name}")`,
    ...[...machine.parameters, 'blocks'].map((name) => `(param $${name} i32)`),
    ...locals.map(([name, type]) => `(local $${name} ${type})`),
    ...ROUND_CONSTANTS.map((value, quarter) => set(`k${quarter}`, machine.constant(value))),
    '(loop $nextBlock',
    ...STATE_WORDS.map((name, word) => set(name, machine.loadState(word))),
    ...QUARTERS.flatMap((quarter) => machine.loadWords(quarter)),
    ...Array.from({ length: ROUND_COUNT }, (_, index) => round(machine, index)).flat(),
    ...STATE_WORDS.map((name, word) =>
      machine.storeState(word, machine.add(get(name), machine.loadState(word))),
    ),
    ...machine.streams.map((name) => set(name, `(i32.add ${get(name)} ${i32(BLOCK_LENGTH)})`)),
    `(br_if $nextBlock (local.tee $blocks (i32.sub ${get('blocks')} ${i32(1)})))`,
    '))',
  ].join('\n');
}

/** Of 64 KiB each; see slot-memory.ts. A memory that may be shared must say how large it gets. */
const MAX_PAGES = 65_536;

/** The module's text. */
export function sha1Wat(): Wat {
  const functions = [fourLanes, oneLane].map(compressFunction);
  const memory = `(memory 1 ${MAX_PAGES} shared)`;
  return ['(module', `(import "slots" "memory" ${memory})`, ...functions, ')'].join('\n');
}
