/**
 * A whole network on one virtual clock, from a seed: clients with their swarms, upload schedulers and
 * watches, a tracker with its presence, and a network that is slow, breaks, lies and starts again.
 * What each seed checks is in test/simulation/checks.ts; which faults are found, in planted-faults.ts.
 *
 * `--short` plays 10,000 seeds, or as many as fit 180 s; `--seeds N` plays that many; `--seed N` replays one
 * and tells what happens.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { addUp, type Played, type SeedRange } from '../simulation/play-seeds.js';
import { runScenario } from '../simulation/run-scenario.js';
import { scenarioOf } from '../simulation/scenario.js';

const SHORT_BASE = 1;
const SHORT_SEEDS = 10_000;
const LONG_SEEDS = 100_000;
const SHORT_MS = 180_000;
const LONG_MS = 3 * 3_600_000;
/** Of all bytes that were wanted, those that may come in vain. */
const MAX_WASTED_SHARE = 0.45;

const CHECKS = {
  'wrong-byte': 'no wrong byte is kept, and no honest peer sends one',
  stall: 'something comes while an honest peer that has something is connected',
  waiting: 'no piece waits for 20 s while somebody honest and idle has it',
  fairness: 'an upload limit is shared fairly among the users who wait',
  waste: 'few bytes come in vain in any download',
  presence: 'the tracker knows who has the file, also after a restart',
  unfinished: 'everybody honest has the file in the end',
  crash: 'nothing of ours throws',
};

await runCampaign('simulation', (campaign) =>
  valueOf('--seed') === undefined
    ? playMany(campaign)
    : replay(campaign, Number(valueOf('--seed'))),
);

async function replay({ check, say }: Campaign, seed: number): Promise<void> {
  const scenario = scenarioOf(seed);
  const { size, pieceCount } = scenario.layout;
  say(`${size} bytes in ${pieceCount} pieces, calm after ${scenario.calmMs / 1000} s`);
  for (const client of scenario.clients) say(JSON.stringify(client));
  for (const mishap of scenario.mishaps) say(JSON.stringify(mishap));
  const { violations, tookMs } = await runScenario(scenario, say);
  for (const { check: name, what } of violations) check(false, `${name}: ${what}`);
  check(
    violations.length === 0,
    `seed ${seed}, over after ${Math.round(tookMs / 1000)} s of its clock`,
  );
}

async function playMany({ isShort, random, check, say }: Campaign): Promise<void> {
  const wanted = Number(valueOf('--seeds') ?? (isShort ? SHORT_SEEDS : LONG_SEEDS));
  const untilMs = Date.now() + (isShort ? SHORT_MS : LONG_MS);
  // The same ones each time: a change is judged by what it changes, not by luck.
  const base = isShort ? SHORT_BASE : Math.floor(random() * 2 ** 31);
  const threads = Math.min(2, availableParallelism());
  const count = Math.ceil(wanted / threads);
  const parts = Array.from({ length: threads }, (_, number) =>
    playInThread({ first: base + number, step: threads, count, untilMs }),
  );
  const startedMs = Date.now();
  const { seeds, failures, ...sums } = (await Promise.all(parts)).reduce(addUp);
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const rest = seeds < wanted ? ` of ${wanted}; there was no time for the others` : '';
  say(`${seeds} seeds${rest}, from ${base} on, in ${seconds} s by ${threads} threads`);
  for (const [name, promise] of Object.entries(CHECKS)) {
    const failed = failures.filter((failure) => failure.check === name);
    for (const { seed, what } of failed) say(`# seed ${seed}: ${what}`);
    check(failed.length === 0, promise);
  }
  const [{ seed } = { seed: undefined }] = failures;
  if (seed !== undefined) say(`# replay: node dist/test/campaigns/simulation.js --seed ${seed}`);
  const share = sums.wastedBytes / sums.wantedBytes;
  check(share <= MAX_WASTED_SHARE, `${Math.round(share * 1000) / 10} % of the bytes came in vain`);
  say(`# a piece waited for at most ${sums.longestWaitMs / 1000} s while somebody idle had it`);
  say(`# a user was at most ${Math.round(sums.fairnessBytes / 1024)} KiB ahead of another`);
}

async function playInThread(range: SeedRange): Promise<Played> {
  const worker = new Worker(new URL('../simulation/seeds-worker.js', import.meta.url), {
    workerData: range,
    // A scenario is much that is short-lived.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const [played] = (await once(worker, 'message')) as [Played];
  await worker.terminate();
  return played;
}
