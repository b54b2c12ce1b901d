/**
 * What an audit did to a tracker, each for some seconds beside an honest client; the attacks are in
 * tracker-attacks-child.ts. Checked: the honest client is never refused. Its times alone and beside
 * each attack are printed; tracker, attackers and honest client are a process each. `--attack NAME`
 * runs one of them.
 */
import { runCampaign, valueOf } from '../fixtures/campaign.js';
import { compared, HonestClient } from '../fixtures/honest-client.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { TrackerApart } from '../fixtures/tracker-apart.js';
import type { AttackOrder } from '../fixtures/tracker-attacks-child.js';

const ALONE_MS = 2_500;
const ATTACK_MS = 4_000;

await runCampaign('tracker-attacks', async ({ folder, isShort, check, say }) => {
  const tracker = await TrackerApart.start({ dataDir: folder, clockSpeed: 1 });
  const { address } = tracker;
  const honest = await HonestClient.enter(address, 'honest');
  await honest.call('createGroup', { groupId: 'honest-group' });
  // Before an attack uses up the accounts of this address.
  await HonestClient.enter(address, 'mallory').then((mallory) => mallory.close());
  const attackers = new ProcessApart('tracker-attacks-child.js');
  const durationMs = isShort ? ATTACK_MS : 10 * ATTACK_MS;
  const names = await attackers.ask<readonly string[]>('names');
  const only = valueOf('--attack');
  for (const name of names.filter((one) => only === undefined || only === one)) {
    const alone = await honest.measure(ALONE_MS);
    await tracker.busy();
    const beside = honest.begin();
    await attackers.ask({ address, name, durationMs } satisfies AttackOrder);
    const busy = ((await tracker.busy()) * 100).toFixed(0);
    say(`${name}: ${compared(alone, await beside.end())}; the tracker was busy ${busy} %`);
    const refused = honest.refusals.splice(0);
    check(refused.length === 0, `${name}: the honest client is never refused ${refused[0] ?? ''}`);
  }
  await attackers.end();
  await honest.close();
  await tracker.close();
});
