/**
 * What an audit did to a tracker, each for some seconds beside an honest client; the attacks are in
 * tracker-attacks-child.ts. Checked: honest clients are never refused. Their times are printed: alone,
 * beside the attack, and beside neighbours that use as much of the processors and leave the tracker alone.
 * Tracker, attackers, neighbours and honest clients are a process each. `--attack NAME` runs one of them.
 */
import { runCampaign, valueOf } from '../fixtures/campaign.js';
import { compared, HonestClient } from '../fixtures/honest-client.js';
import type { BusyOrder } from '../fixtures/busy-neighbours-child.js';
import { processorUsedMs } from '../fixtures/processor-time.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { TrackerApart } from '../fixtures/tracker-apart.js';
import type { AttackOrder } from '../fixtures/tracker-attacks-child.js';

const ALONE_MS = 2_000;
const ATTACK_MS = 3_000;

await runCampaign('tracker-attacks', async ({ folder, isShort, check, say }) => {
  const tracker = await TrackerApart.start({ dataDir: folder, clockSpeed: 1 });
  const { address } = tracker;
  const honest = await HonestClient.enter(tracker, 'honest');
  await honest.call('createGroup', { groupId: 'honest-group' });
  // Before an attack uses up the accounts of this address.
  await HonestClient.enter(tracker, 'mallory').then((mallory) => mallory.close());
  const attackers = new ProcessApart('tracker-attacks-child.js');
  const neighbours = new ProcessApart('busy-neighbours-child.js');
  const durationMs = isShort ? ATTACK_MS : 10 * ATTACK_MS;
  const names = await attackers.ask<readonly string[]>('names');
  const only = valueOf('--attack');
  for (const name of names.filter((one) => only === undefined || only === one)) {
    const alone = await honest.measure(ALONE_MS);
    await tracker.busy();
    const beside = honest.begin();
    const usedBeforeMs = processorUsedMs(attackers.pid);
    const servedBeforeMs = processorUsedMs(tracker.pid);
    const startedAtMs = performance.now();
    await attackers.ask({ address, name, durationMs } satisfies AttackOrder);
    const attackMs = performance.now() - startedAtMs;
    const usedMs = processorUsedMs(attackers.pid) - usedBeforeMs;
    const part = ((processorUsedMs(tracker.pid) - servedBeforeMs) / attackMs) * 100;
    const times = await beside.end();
    const busy = ((await tracker.busy()) * 100).toFixed(0);
    const cost = `busy ${busy} %, with ${part.toFixed(0)} % of a processor`;
    say(`${name}: ${compared(alone, times)}; the tracker was ${cost}`);
    const asBusy = honest.begin();
    await neighbours.ask({ usedMs, durationMs: attackMs } satisfies BusyOrder);
    const processors = (usedMs / attackMs).toFixed(1);
    const base = await asBusy.end();
    say(`  beside ${processors} processors of neighbours and then of it: ${compared(base, times)}`);
    const refused = honest.refusals.splice(0);
    check(refused.length === 0, `${name}: the honest client is never refused ${refused[0] ?? ''}`);
  }
  await neighbours.end();
  await attackers.end();
  await honest.close();
  await tracker.close();
});
