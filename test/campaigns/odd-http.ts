/**
 * Odd requests at a tracker, beside an honest client; they are made in odd-http-child.ts. Checked:
 * the tracker lives, nothing odd is answered with success, and the honest client is never refused.
 * Its times alone and beside them are printed; tracker, strangers and honest client are a process each.
 */
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { compared, HonestClient } from '../fixtures/honest-client.js';
import type { OddOrder, OddReport } from '../fixtures/odd-http-child.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { TrackerApart } from '../fixtures/tracker-apart.js';

const SHORT_COUNT = 10_000;
const SHORT_MS = 100_000;
const LONG_COUNT = 1_000_000;
const ALONE_MS = 5_000;

await runCampaign('odd-http', async ({ folder, isShort, random, check, say }) => {
  const tracker = await TrackerApart.start({ dataDir: folder, clockSpeed: 1 });
  const honest = await HonestClient.enter(tracker, 'honest');
  const alone = await honest.measure(ALONE_MS);
  const strangers = new ProcessApart('odd-http-child.js');
  await tracker.busy();
  const beside = honest.begin();
  const startedAtMs = performance.now();
  const order: OddOrder = {
    address: tracker.address,
    seed: Math.floor(random() * 2 ** 32),
    count: isShort ? SHORT_COUNT : LONG_COUNT,
    maxMs: Math.min(allowedMs(isShort, SHORT_MS), 2 ** 40),
  };
  const odd = await strangers.ask<OddReport>(order);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  const busy = ((await tracker.busy()) * 100).toFixed(0);
  say(`${odd.sent} of ${order.count} odd requests in ${seconds} s, ${odd.answered} answered`);
  say(`honest: ${compared(alone, await beside.end())}; the tracker was busy ${busy} % of the time`);
  const unforeseen = await tracker.unforeseen();
  check(odd.answered > 100, 'odd requests were made');
  check(
    odd.welcomed.length === 0,
    `nothing odd is welcome ${odd.welcomed.slice(0, 3).join(' | ')}`,
  );
  check(
    honest.refusals.length === 0,
    `the honest client is never refused ${honest.refusals[0] ?? ''}`,
  );
  check(unforeseen.length === 0, `no error that nobody foresaw ${unforeseen[0] ?? ''}`);
  await strangers.end();
  await honest.close();
  await tracker.close();
});
