/**
 * How fast the tracker's relay is beside a direct connection: the same film over both, in turns, on machines
 * that are network namespaces. Only the ratio counts, because both share this machine with whatever else runs;
 * of each way the best round, which others disturbed least.
 */
import { MiB } from '../../src/net/limits.js';
import { runCampaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { MachineScenes, type MachineScene } from '../fixtures/machine-scenes.js';
import { FILM, GROUP } from '../fixtures/machine-swarm.js';
import { Machines } from '../fixtures/machines.js';
import {
  INTERNET,
  machineAt,
  onInternet,
  TRACKER,
  type NetworkKind,
} from '../fixtures/network-kinds.js';

const FILM_BYTES = 128 * MiB;
const SHORT_FILM_BYTES = 16 * MiB;
const SHORT_ROUNDS = 1;
const ROUNDS = 5;
/** Of the direct rate. */
const LEAST_RATIO = 0.5;
/** Nothing that this machine reaches. */
const RELAY = ['--relay', '10GiB/s'];

async function connect({ machines, swarm }: MachineScene, kind: NetworkKind): Promise<void> {
  await machines.network(INTERNET);
  await machines.machine('tracker');
  await onInternet(machines, 'tracker', '192.0.2.30');
  await machineAt(machines, 'ann', kind, '198.51.100');
  await machineAt(machines, 'ben', kind, '203.0.113');
  await swarm.tracker('tracker', '::', ...RELAY);
}

async function round(scene: MachineScene, kind: NetworkKind) {
  const { swarm } = scene;
  await connect(scene, kind);
  await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
  await swarm.serve('ann');
  await swarm.run('ben', 'ben', 'login', 'ben', ...TRACKER);
  const options = ['--json', '--durability', 'cache'];
  const { output } = await swarm.download('ben', 'ben', ...options);
  const [, ms = '0'] = /"transfer":([\d.]+)/.exec(output) ?? [];
  const [, way = 'dialled'] = /"way":"(\w+)"/.exec(output) ?? [];
  return { transferMs: Number(ms), way, isRight: await swarm.isRight() };
}

await runCampaign('relay-rate', async ({ isShort, folder, check, measured, say }) => {
  const obstacle = (await Machines.obstacle()) ?? (await haveTool('nft', 'nftables'));
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const bytes = isShort ? SHORT_FILM_BYTES : FILM_BYTES;
  const machineScenes = new MachineScenes(folder, bytes);
  await machineScenes.play(async (scene) => {
    await connect(scene, 'public');
    await scene.swarm.writeFilm();
    await scene.swarm.shareFilm('ann', TRACKER);
    await scene.swarm.letIn('ann', 'ben', TRACKER);
    await machineScenes.keep(scene.swarm);
  });
  const best = { dialled: 0, relayed: 0 };
  for (let turn = 1; turn <= (isShort ? SHORT_ROUNDS : ROUNDS); turn++) {
    for (const [kind, expected] of [
      ['public', 'dialled'],
      ['firewalled', 'relayed'],
    ] as const) {
      const { transferMs, way, isRight } = await machineScenes.play((scene) => round(scene, kind));
      const rate = (bytes / transferMs) * 1_000;
      check(isRight && way === expected, `${FILM} of ${GROUP} arrives ${way}`);
      say(`# round ${turn}, ${way}: ${Math.round(rate / 1e6)} MB/s`);
      best[expected] = Math.max(best[expected], rate);
    }
  }
  const ratio = best.relayed / best.dialled;
  say(`# relayed / direct: ${ratio.toFixed(2)}`);
  // One round of each says little on a machine with other work.
  if (!isShort) measured(ratio >= LEAST_RATIO, `a relay has ${ratio.toFixed(2)} of a direct rate`);
});
