/**
 * What an audit did to a serving client, each for some seconds beside an honest member who fetches something small
 * over a connection of its own again and again; the attacks are in peer-attacks-child.ts. Checked: the member is always
 * served, and rightly. Its times are printed: alone, beside the attack, and beside neighbours that use as much of the
 * processors as the attackers did and leave the client alone. Tracker, serving client, attackers, neighbours and the
 * honest member are a process each. `--attack NAME` runs one of them.
 */
import { KiB, MiB } from '../../src/net/limits.js';
import type { BusyOrder } from '../fixtures/busy-neighbours-child.js';
import { runCampaign, valueOf } from '../fixtures/campaign.js';
import { HonestDialler } from '../fixtures/honest-dialler.js';
import type { Times } from '../fixtures/honest-client.js';
import { MemberLink } from '../fixtures/member-link.js';
import type { PeerAttackOrder } from '../fixtures/peer-attacks-child.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { processorUsedMs } from '../fixtures/processor-time.js';
import { GROUP, ProgramWorld } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const ALONE_MS = 2_000;
const ATTACK_MS = 4_000;
const content = sampleBytes(4 * MiB);
/** What the honest member asks for. */
const BLOCK_BYTES = 16 * KiB;
/** Of the serving client: what asks for little has its part of this. */
const UP = '16MiB/s';

await runCampaign('peer-attacks', async ({ folder, isShort, check, say }) => {
  const world = new ProgramWorld(folder);
  const attackers = new ProcessApart('peer-attacks-child.js');
  const neighbours = new ProcessApart('busy-neighbours-child.js');
  let member: MemberLink | undefined;
  try {
    await world.startTracker();
    await world.pair('film', content);
    const serving = await world.serve('ann', '--up', UP);
    const [host = '', port] = world.tracker.split(':');
    const tracker = { host, port: Number(port) };
    const letIn = (user: string) =>
      world.must({ home: world.path('ann'), args: ['accept', GROUP, user] });
    member = await MemberLink.open(world.path('carl'), tracker, 'carl');
    await member.link.call('joinGroup', { groupId: GROUP });
    await letIn('carl');
    await attackers.ask({ enter: { folder, tracker, group: GROUP } } satisfies PeerAttackOrder);
    await letIn('mallory');
    const { fileId } = await member.link.call('fileInfo', { groupId: GROUP, name: 'film' });
    const target = await servingPeer(member, fileId);
    const beginning = content.subarray(0, BLOCK_BYTES);
    const honest = await HonestDialler.enter(member, {
      ...{ ...target, group: GROUP, fileId, beginning },
    });
    const durationMs = isShort ? ATTACK_MS : 10 * ATTACK_MS;
    const only = valueOf('--attack');
    const names = await attackers.ask<readonly string[]>('names' satisfies PeerAttackOrder);
    for (const name of names.filter((one) => only === undefined || only === one)) {
      const alone = await honest.measure(ALONE_MS);
      const used = () => ({
        attackers: processorUsedMs(attackers.pid),
        client: processorUsedMs(serving.child.pid!),
      });
      const before = used();
      const startedAtMs = performance.now();
      const beside = honest.begin();
      const order = { name, durationMs, target, group: GROUP, fileId };
      await attackers.ask(order satisfies PeerAttackOrder);
      const times = await beside.end();
      const attackMs = performance.now() - startedAtMs;
      const after = used();
      const part = (of: keyof typeof before): string =>
        (((after[of] - before[of]) / attackMs) * 100).toFixed(0);
      say(
        `${name}: ${compared(alone, times)}; ${times.count} times; the client took ${part('client')} % ` +
          `of a processor, the attackers ${part('attackers')} %`,
      );
      const asBusy = honest.begin();
      const usedMs = after.attackers - before.attackers;
      await neighbours.ask({ usedMs, durationMs: attackMs } satisfies BusyOrder);
      say(`  beside such neighbours and then of it: ${compared(await asBusy.end(), times)}`);
      const refused = honest.refusals.splice(0);
      check(
        refused.length === 0,
        `${name}: the honest member is always served ${refused[0] ?? ''}`,
      );
    }
  } finally {
    await attackers.end();
    await neighbours.end();
    await member?.close();
    await world.close();
  }
});

/** Where the file is served, once the tracker has seen that. */
async function servingPeer(member: MemberLink, fileId: string) {
  for (;;) {
    const { peers } = await member.link.call('watch', { groupId: GROUP, fileId });
    await member.link.call('unwatch', { groupId: GROUP, fileId });
    const [peer] = peers;
    const address = peer?.addresses[0];
    if (peer && address) return { address, deviceId: peer.deviceId };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function compared(alone: Times, beside: Times): string {
  const pair = (part: keyof Times): string =>
    `${part} ${alone[part].toFixed(1)} and ${beside[part].toFixed(1)} ms (x ${(beside[part] / alone[part]).toFixed(1)})`;
  return `${pair('p50')}, ${pair('p99')}`;
}
