/**
 * Descriptions of folders that nobody honest makes: some of every kind by hand (1,000 and more), and by
 * chance (a million, 20,000 in the short form). Each is refused by an error of ours, or is what it
 * encodes to and leads nowhere; within 200 ms of processor time. So are tables of the most names that are
 * slow to judge, and of that no turn takes 50 ms. All of it takes no more than 64 MiB of memory.
 *
 * Who shares a core, or its caches, needs up to twice the processor time for the same work: of what takes
 * long the best of a few runs counts, at the pace of the machine.
 */
import { isAbsolute, join, normalize } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  decodeDescription,
  decodeDescriptionInTurns,
  encodeDescription,
  judgeDescription,
} from '../../src/net/description.js';
import { P2pError } from '../../src/net/errors.js';
import { MiB } from '../../src/net/limits.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import {
  hostileDescriptions,
  oddDescription,
  slowDescriptions,
} from '../fixtures/hostile-tables.js';
import { cpuMs, LongestTurn } from '../fixtures/longest-turn.js';
import { isWithin } from '../fixtures/machine-pace.js';
import { MemoryWatch } from '../fixtures/memory-watch.js';
import { mutateBytes } from '../fixtures/mutations.js';
import { seededRandom } from '../fixtures/seeded-random.js';

const MAX_MS = 200;
/** Of one turn, between which the other work of the thread is done. */
const MAX_TURN_MS = 50;
const RUNS = 3;
const MAX_BYTES = 64 * MiB;
const OF_EACH_KIND = 14;
const LEAST_BY_HAND = 1_000;
const SHORT_COUNT = 20_000;
const LONG_COUNT = 1_000_000;
const DESTINATION = '/somewhere/album';
const SHOWN = 5;
const TOLD_EACH = 100_000;
const TURNS_PER_LOOK = 16;

await runCampaign('hostile-folders', async (campaign) => {
  byHand(campaign);
  byChance(campaign);
  await slowOnes(campaign);
});

function byHand({ random, check, measured, say }: Campaign): void {
  let count = 0;
  let longestMs = 0;
  const taken: string[] = [];
  for (const { kind, bytes } of hostileDescriptions(random, OF_EACH_KIND)) {
    count++;
    const before = process.cpuUsage();
    const outcome = outcomeOf(bytes);
    longestMs = Math.max(longestMs, cpuMs(before));
    if (outcome !== 'refused') taken.push(`${kind}: ${outcome}`);
  }
  for (const line of taken.slice(0, SHOWN)) say(`  ${line}`);
  say(`  ${count} by hand, the longest took ${longestMs.toFixed(1)} ms`);
  check(count >= LEAST_BY_HAND, `there are ${LEAST_BY_HAND} by hand`);
  check(taken.length === 0, 'each one made by hand is refused');
  measured(isWithin(longestMs, MAX_MS), `and none of them takes ${MAX_MS} ms`);
}

function byChance({ isShort, random, check, measured, say }: Campaign): void {
  const first = Math.floor(random() * 2 ** 31);
  const count = isShort ? SHORT_COUNT : LONG_COUNT;
  const tally = { refused: 0, taken: 0 };
  const faults: string[] = [];
  let longestMs = 0;
  for (let seed = first; seed < first + count; seed++) {
    const chance = seededRandom(seed);
    const odd = oddDescription(chance);
    const bytes = chance() < 0.5 ? odd : mutateBytes(chance, odd);
    const before = process.cpuUsage();
    const outcome = outcomeOf(bytes);
    longestMs = Math.max(longestMs, cpuMs(before));
    const done = seed + 1 - first;
    if (done % TOLD_EACH === 0) say(`  ${done} by chance so far, ${faults.length} with faults`);
    if (outcome === 'refused' || outcome === 'taken') tally[outcome]++;
    else faults.push(`seed ${seed}: ${outcome}`);
  }
  for (const line of faults.slice(0, SHOWN)) say(`  ${line}`);
  say(
    `  ${count} by chance: ${JSON.stringify(tally)}, the longest took ${longestMs.toFixed(1)} ms`,
  );
  check(faults.length === 0, 'each one made by chance is refused, or is what it encodes to');
  check(tally.taken > 0, 'and some are taken, so that this says something');
  measured(isWithin(longestMs, MAX_MS), `and none of them takes ${MAX_MS} ms`);
}

async function slowOnes({ check, measured, say }: Campaign): Promise<void> {
  const memory = new MemoryWatch();
  for (const { kind, bytes } of slowDescriptions()) {
    const { isRefusedEachTime, wholeMs, turnMs } = await bestOfRuns(bytes);
    check(isRefusedEachTime, `${kind}: refused`);
    const held = (await mostHeld(memory, () => isRefused(bytes))) - bytes.length;
    say(
      `  ${kind}: ${turnMs.toFixed(1)} ms in one turn at most, ${wholeMs.toFixed(0)} ms in all, ${Math.round(held / MiB)} MiB`,
    );
    measured(isWithin(wholeMs, MAX_MS), `${kind}: takes less than ${MAX_MS} ms in all`);
    measured(isWithin(turnMs, MAX_TURN_MS), `${kind}: no turn takes ${MAX_TURN_MS} ms`);
    check(held < MAX_BYTES, `${kind}: takes less than ${MAX_BYTES / MiB} MiB`);
  }
}

/** Processor time of the best run: of all of it, and of its longest turn. */
async function bestOfRuns(bytes: Buffer) {
  const best = { isRefusedEachTime: true, wholeMs: Infinity, turnMs: Infinity };
  for (let run = 0; run < RUNS; run++) {
    const turns = new LongestTurn();
    const before = process.cpuUsage();
    best.isRefusedEachTime &&= await isRefused(bytes);
    best.wholeMs = Math.min(best.wholeMs, cpuMs(before));
    best.turnMs = Math.min(best.turnMs, await turns.end());
  }
  return best;
}

async function isRefused(bytes: Buffer): Promise<boolean> {
  try {
    await decodeDescriptionInTurns(bytes);
    return false;
  } catch (error) {
    return error instanceof P2pError;
  }
}

/** Looks now and then, because each look takes long. */
async function mostHeld(memory: MemoryWatch, work: () => Promise<unknown>): Promise<number> {
  memory.most = 0;
  let isOver = false;
  const done = work().finally(() => (isOver = true));
  for (let turn = 0; !isOver; turn++) {
    if (turn % TURNS_PER_LOOK === 0) memory.look();
    await nextTurn();
  }
  await done;
  return memory.most;
}

/** `refused`, `taken`, or what should not be. */
function outcomeOf(bytes: Buffer): string {
  const isJudged = isTaken(() => judgeDescription(bytes));
  let decoded;
  try {
    decoded = decodeDescription(bytes);
  } catch (error) {
    return error instanceof P2pError ? 'refused' : String((error as Error).stack);
  }
  if (isJudged !== true) return 'taken, though whoever keeps it refuses it';
  if (!encodeDescription(decoded).equals(bytes)) return 'another encoding of the same';
  for (const { path } of decoded.folder ?? []) {
    const there = normalize(join(DESTINATION, path));
    if (isAbsolute(path) || there !== `${DESTINATION}/${path}`) return `${path} leads to ${there}`;
  }
  return 'taken';
}

function isTaken(judge: () => unknown): boolean | string {
  try {
    judge();
    return true;
  } catch (error) {
    if (error instanceof P2pError) return false;
    throw error;
  }
}
