/**
 * SHA-1 rate of each engine on one thread, in place, four pieces to a call. Every round runs
 * every engine once, so that a machine that changes its speed changes it for all of them;
 * only the ratios of one run count. Run: npm run bench:hash
 */
import { randomFillSync } from 'node:crypto';
import { cpus } from 'node:os';
import { KiB, MiB } from '../src/net/limits.js';
import type { HasherName } from '../src/workers/messages/thread.js';
import { createPieceHasher } from '../src/workers/hashing/create-piece-hasher.js';
import type { HashInput, PieceHasher } from '../src/workers/hashing/piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../src/workers/memory/kernel-layout.js';
import { createSlotMemory } from '../src/workers/memory/slot-memory.js';

const ENGINES: readonly HasherName[] = ['hash-wasm', 'native', 'wasm'];
const REFERENCE: HasherName = 'hash-wasm';
const PIECE_LENGTHS = [256 * KiB, MiB, 4 * MiB];
const PIECES_PER_CALL = 4;
const ROUND_COUNT = 15;
/** Bytes that one engine hashes in one round, and right after it was made. */
const ROUND_BYTES = 16 * MiB;
const COLD_BYTES = 64 * MiB;

interface Contestant {
  readonly engine: HasherName;
  readonly hasher: PieceHasher;
}

const memory = createSlotMemory(PIECES_PER_CALL * Math.max(...PIECE_LENGTHS));
const digests = new Uint8Array(20 * PIECES_PER_CALL);

function inputsOf(pieceLength: number): HashInput[] {
  return Array.from({ length: PIECES_PER_CALL }, (_, index) => {
    return { at: KERNEL_RESERVED_BYTES + index * pieceLength, length: pieceLength };
  });
}

/** MB/s over `byteCount` bytes. */
function measure(hasher: PieceHasher, inputs: readonly HashInput[], byteCount: number): number {
  const callBytes = inputs.reduce((sum, { length }) => sum + length, 0);
  const calls = Math.ceil(byteCount / callBytes);
  const startMs = performance.now();
  for (let call = 0; call < calls; call++) hasher.sha1(inputs, digests);
  return (calls * callBytes) / 1000 / (performance.now() - startMs);
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;
}

/** One line per engine, with its rate and its ratio to the reference. */
function report(title: string, rates: ReadonlyMap<HasherName, number>, notes: string[] = []): void {
  const reference = rates.get(REFERENCE) ?? 0;
  process.stdout.write(`\n${title}\n`);
  [...rates].forEach(([engine, rate], index) => {
    const ratio = (rate / reference).toFixed(2);
    const columns = [
      engine.padEnd(10),
      rate.toFixed(0).padStart(6),
      'MB/s',
      ratio.padStart(6),
      'x',
    ];
    process.stdout.write(`  ${columns.join(' ')}  ${notes[index] ?? ''}\n`);
  });
}

/** Makes the engines; the first bytes of each are hashed by code that V8 has just compiled. */
async function runCold(): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  const rates = new Map<HasherName, number>();
  const notes: string[] = [];
  for (const engine of ENGINES) {
    const startMs = performance.now();
    const hasher = await createPieceHasher(engine, memory);
    const createdMs = performance.now() - startMs;
    contestants.push({ engine, hasher });
    rates.set(engine, measure(hasher, inputsOf(MiB), COLD_BYTES));
    notes.push(`made in ${createdMs.toFixed(1)} ms${hasher.name === engine ? '' : ', FALLBACK'}`);
  }
  report(`cold: the first ${COLD_BYTES / MiB} MiB, pieces of 1 MiB`, rates, notes);
  return contestants;
}

function runWarm(contestants: readonly Contestant[], pieceLength: number): void {
  const inputs = inputsOf(pieceLength);
  const rounds = new Map<HasherName, number[]>(ENGINES.map((engine) => [engine, []]));
  for (let round = 0; round < ROUND_COUNT; round++) {
    for (const { engine, hasher } of contestants) {
      rounds.get(engine)?.push(measure(hasher, inputs, ROUND_BYTES));
    }
  }
  const medians = [...rounds].map(([engine, rates]) => [engine, median(rates)] as const);
  report(`warm: pieces of ${pieceLength / KiB} KiB`, new Map(medians));
}

randomFillSync(new Uint8Array(memory.buffer));
process.stdout.write(
  `SHA-1, one thread, ${PIECES_PER_CALL} pieces to a call, medians of ${ROUND_COUNT} rounds; ` +
    `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}\n`,
);
const contestants = await runCold();
for (const pieceLength of PIECE_LENGTHS) runWarm(contestants, pieceLength);
