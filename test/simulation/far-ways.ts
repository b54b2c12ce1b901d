/** Scenarios of one seeder, or a few, at the other end of a long fat way, on which packets get lost. */
import { KiB, MiB } from '../../src/net/limits.js';
import type { ClientPlan } from './sim-client.js';
import type { Scenario } from './scenario.js';

const GIGABIT = 125_000_000;
const PIECE_LENGTH = 512 * KiB;

export interface FarWay {
  readonly size: number;
  readonly roundTripMs: number;
  readonly bytesPerLoss: number;
  readonly seeders?: number;
  /** The download begins a second after the clock there. */
  readonly withinMs: number;
}

export function farScenario({
  seed,
  size,
  roundTripMs,
  bytesPerLoss,
  seeders = 1,
}: FarWay & { readonly seed: number }): Scenario {
  const client = (number: number): ClientPlan => ({
    number,
    userId: `user-${number}`,
    isSeed: number < seeders,
    vice: undefined,
    rates: { upBytesPerSecond: GIGABIT / seeders, downBytesPerSecond: GIGABIT },
    uploadLimit: undefined,
    threads: 2,
    latencyMs: roundTripMs / 4,
    startMs: number < seeders ? 0 : 1_000,
  });
  const pieceCount = size / PIECE_LENGTH;
  return {
    seed,
    layout: { size, pieceLength: PIECE_LENGTH, pieceCount },
    blockLength: PIECE_LENGTH,
    clients: Array.from({ length: seeders + 1 }, (_, number) => client(number)),
    trackerAnswerMs: 1,
    mishaps: [],
    calmMs: 1_000,
    bytesPerLoss,
  };
}

export const ways: readonly (readonly [string, FarWay])[] = [
  [
    '80 ms, few losses',
    { size: 128 * MiB, roundTripMs: 80, bytesPerLoss: 100 * MiB, withinMs: 3_500 },
  ],
  ['80 ms, losses', { size: 128 * MiB, roundTripMs: 80, bytesPerLoss: 10 * MiB, withinMs: 4_200 }],
  [
    '200 ms, few losses',
    { size: 256 * MiB, roundTripMs: 200, bytesPerLoss: 100 * MiB, withinMs: 6_700 },
  ],
  [
    '200 ms, losses',
    { size: 128 * MiB, roundTripMs: 200, bytesPerLoss: 10 * MiB, withinMs: 7_000 },
  ],
  [
    '80 ms, four seeders',
    { size: 128 * MiB, roundTripMs: 80, bytesPerLoss: 20 * MiB, seeders: 4, withinMs: 3_700 },
  ],
];
