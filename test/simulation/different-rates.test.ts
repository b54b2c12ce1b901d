/** Peers that send at different rates together send as fast as their sum, and hardly anything comes twice. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import type { ClientPlan } from './sim-client.js';
import type { Scenario } from './scenario.js';
import { runScenario } from './run-scenario.js';

const MB = 1_000_000;
const PIECE_LENGTH = 512 * KiB;
const SIZE = 256 * MiB;
/** The download begins when all seeders are there. */
const START_MS = 1_000;
const SEEDS = [1, 2, 3, 4, 5, 6];
/** Of the time that the sum of the rates would take. */
const MOST_TIME = 1.05;
/** Of the bytes of the file. */
const MOST_WASTE = 0.01;

function scenarioOf(seed: number, rates: readonly number[]): Scenario {
  const client = (number: number, rate: number, isSeed: boolean): ClientPlan => ({
    number,
    userId: `user-${number}`,
    isSeed,
    vice: undefined,
    rates: { upBytesPerSecond: rate, downBytesPerSecond: 1_000 * MB },
    uploadLimit: undefined,
    threads: 2,
    latencyMs: 0.5,
    startMs: isSeed ? 0 : START_MS,
  });
  return {
    seed,
    layout: { size: SIZE, pieceLength: PIECE_LENGTH, pieceCount: SIZE / PIECE_LENGTH },
    blockLength: PIECE_LENGTH,
    clients: [
      ...rates.map((rate, number) => client(number, rate, true)),
      client(rates.length, MB, false),
    ],
    trackerAnswerMs: 1,
    mishaps: [],
    calmMs: START_MS,
  };
}

for (const [name, rates] of [
  ['one at 1 MB/s and one at 50', [1, 50]],
  ['eight', [1, 2, 3, 5, 8, 13, 21, 34]],
] as const) {
  t.test(`of peers with different rates, ${name}, nobody slows down the others`, async (t) => {
    const idealMs = (SIZE * 1_000) / (rates.reduce((sum, rate) => sum + rate, 0) * MB);
    const [times, wastes]: [number[], number[]] = [[], []];
    for (const seed of SEEDS) {
      const bytesPerSecond = rates.map((rate) => rate * MB);
      const outcome = await runScenario(scenarioOf(seed, bytesPerSecond));
      t.same(outcome.violations, [], `seed ${seed}`);
      times.push((outcome.tookMs - START_MS) / idealMs);
      wastes.push(outcome.wastedBytes / SIZE);
    }
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    t.ok(mean(times) <= MOST_TIME, `${mean(times).toFixed(3)} times the ideal`);
    t.ok(mean(wastes) <= MOST_WASTE, `${(mean(wastes) * 100).toFixed(2)} % in vain`);
  });
}
