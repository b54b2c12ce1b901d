/**
 * Every decoder and parser of what comes from outside, with 100,000 broken inputs each (10⁷
 * without `--short`; fewer where one input costs much). An input may be refused by an error of ours
 * and by nothing else, and takes no longer than a tenth of a second. A conversation that is cut
 * anywhere says the same as a whole one. `--target NAME` runs one of them, `--count N` so many inputs of each,
 * `--minutes N` ends each after so long.
 */
import { isDeepStrictEqual } from 'node:util';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { byteTargets, framesOf, peerConversation, textTargets } from '../fixtures/fuzz-targets.js';
import { fuzz } from '../fixtures/fuzzing.js';
import { mutateBytes, mutateText, oneOf } from '../fixtures/mutations.js';

type Random = () => number;

await runCampaign('decoder-fuzz', async (campaign) => {
  cutEverywhere(campaign);
  const only = valueOf('--target');
  for (const { name, samples, cost = 1, decode } of byteTargets) {
    const run = (random: Random): unknown =>
      decode(mutateBytes(random, oneOf(random, samples)), random);
    if (only === undefined || only === name) await fuzz(campaign, { name, cost, run });
  }
  for (const { name, samples, cost = 1, decode } of textTargets) {
    const run = (random: Random): unknown =>
      decode(mutateText(random, oneOf(random, samples)), random);
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
