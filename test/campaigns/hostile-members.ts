/**
 * Hostile members and strangers at a tracker: calls put together by chance, well-formed and not,
 * in any order, on connections that come and go, beside an honest client; every method of the tracker is
 * among them, which types hold. Checked: no error that
 * nobody foresaw, no answer INTERNAL, the honest client is never refused. Its times alone and beside
 * them are printed; tracker, attackers and honest client are a process each.
 * The clock of the tracker's rates runs fast, so that they do not keep the campaign from asking; that of its turns,
 * by which it refuses who has waited too long, does not.
 */
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { compared, HonestClient } from '../fixtures/honest-client.js';
import type { HostileOrder, HostileReport } from '../fixtures/hostile-members-child.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { TrackerApart } from '../fixtures/tracker-apart.js';

const SHORT_CALLS = 100_000;
const SHORT_MS = 150_000;
const LONG_CALLS = 2_000_000;
const ALONE_MS = 5_000;
const CLOCK_SPEED = 1_000;

await runCampaign('hostile-members', async ({ folder, isShort, random, check, say }) => {
  const tracker = await TrackerApart.start({
    dataDir: folder,
    accountsPerDay: 100,
    clockSpeed: CLOCK_SPEED,
  });
  const honest = await HonestClient.enter(tracker, 'honest');
  const alone = await honest.measure(ALONE_MS);
  const attackers = new ProcessApart('hostile-members-child.js');
  await tracker.busy();
  const beside = honest.begin();
  const startedAtMs = performance.now();
  const order: HostileOrder = {
    address: tracker.address,
    seed: Math.floor(random() * 2 ** 32),
    callCount: isShort ? SHORT_CALLS : LONG_CALLS,
    maxMs: Math.min(allowedMs(isShort, SHORT_MS), 2 ** 40),
  };
  const hostile = await attackers.ask<HostileReport>(order);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const busy = ((await tracker.busy()) * 100).toFixed(0);
  say(
    `${hostile.sent} of ${order.callCount} calls in ${seconds.toFixed(0)} s; ${JSON.stringify(hostile.codes)}`,
  );
  say(`honest: ${compared(alone, await beside.end())}; the tracker was busy ${busy} % of the time`);
  const unforeseen = await tracker.unforeseen();
  check(hostile.sent > 1_000, 'the hostile clients were at work');
  check(hostile.codes['INTERNAL'] === undefined, 'nothing is answered with INTERNAL');
  check(unforeseen.length === 0, `no error that nobody foresaw ${unforeseen[0] ?? ''}`);
  check(
    honest.refusals.length === 0,
    `the honest client is never refused ${honest.refusals[0] ?? ''}`,
  );
  await attackers.end();
  await honest.close();
  await tracker.close();
});
