/**
 * Every decoder and parser of what comes from outside, with 100,000 broken inputs each (10⁷
 * without `--short`; fewer where one input costs much). An input may be refused by an error of ours
 * and by nothing else, and takes no longer than a tenth of a second. A conversation that is cut
 * anywhere says the same as a whole one.
 */
import { P2pError } from '../../src/net/errors.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { byteTargets, framesOf, peerConversation, textTargets } from '../fixtures/fuzz-targets.js';
import { mutateBytes, mutateText } from '../fixtures/mutations.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import { isDeepStrictEqual } from 'node:util';

/** Longer than any input may take; far above what a busy machine adds. */
const MAX_MS = 100;
const SHOWN_FAILURES = 3;

interface Work {
  readonly name: string;
  readonly cost: number;
  readonly run: (random: () => number) => unknown;
}

await runCampaign('decoder-fuzz', async (campaign) => {
  cutEverywhere(campaign);
  const only = valueOf('--target');
  for (const { name, samples, cost = 1, decode } of byteTargets) {
    const run = (random: () => number): unknown =>
      decode(mutateBytes(random, samples[Math.floor(random() * samples.length)]!), random);
    if (only === undefined || only === name) await fuzz(campaign, { name, cost, run });
  }
  for (const { name, samples, cost = 1, decode } of textTargets) {
    const run = (random: () => number): unknown =>
      decode(mutateText(random, samples[Math.floor(random() * samples.length)]!), random);
    if (only === undefined || only === name) await fuzz(campaign, { name, cost, run });
  }
});

function cutEverywhere({ check }: Campaign): void {
  const whole = framesOf([peerConversation]);
  let differing = 0;
  for (let at = 0; at <= peerConversation.length; at++) {
    const parts = [peerConversation.subarray(0, at), peerConversation.subarray(at)];
    if (!isDeepStrictEqual(framesOf(parts), whole)) differing++;
  }
  check(
    differing === 0,
    `a conversation cut at any of ${peerConversation.length} bytes is the same`,
  );
}

async function fuzz({ isShort, random, check, say }: Campaign, work: Work): Promise<void> {
  const count = Math.ceil((isShort ? 100_000 : 10_000_000) / work.cost);
  const first = Math.floor(random() * 2 ** 31);
  let failures = 0;
  let longestMs = 0;
  for (let seed = first; seed < first + count; seed++) {
    let tookMs = await timed(work, seed, (error) => {
      if (++failures <= SHOWN_FAILURES) say(`  ${work.name}, input ${seed}: ${String(error)}`);
    });
    // A busy machine makes any input slow once; a slow input is slow again.
    for (let again = 0; again < 3 && tookMs >= MAX_MS; again++) tookMs = await timed(work, seed);
    longestMs = Math.max(longestMs, tookMs);
  }
  say(`  ${work.name}: ${count} inputs, the longest took ${longestMs.toFixed(1)} ms`);
  check(failures === 0, `${work.name}: every broken input is refused by an error of ours`);
  check(longestMs < MAX_MS, `${work.name}: no input takes ${MAX_MS} ms`);
}

/** Runs one input; answers how long it took. `onFault` hears of what no stranger may cause. */
async function timed(
  work: Work,
  seed: number,
  onFault: (error: unknown) => void = () => undefined,
): Promise<number> {
  const startedMs = performance.now();
  try {
    const answer = work.run(seededRandom(seed));
    if (answer instanceof Promise) await answer;
  } catch (error) {
    if (!(error instanceof P2pError)) onFault(error);
  }
  return performance.now() - startedMs;
}
