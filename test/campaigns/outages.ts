/**
 * A link that is away for a while in mid-transfer, and comes back: the download goes on by itself, soon after that. With
 * the tracker's away the transfer goes on meanwhile. The machines are network namespaces; without root there are none, and
 * nothing is checked. `--seconds N` says how long the link is away: 120 s in the long form, 600 are worth a try.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KiB, MiB, RECONNECT_MAX_MS } from '../../src/net/limits.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { MachineScenes, type MachineScene } from '../fixtures/machine-scenes.js';
import { Machines } from '../fixtures/machines.js';
import { oneNetwork, TRACKER } from '../fixtures/network-kinds.js';

const FILM_BYTES = 16 * MiB;
const UP = ['--up', '2MiB/s'];
const AWAY_SECONDS = 120;
/** Longer than anybody waits for one answer: a dial, a handshake, a block. */
const AWAY_SECONDS_SHORT = 25;
/** What a person waits without asking why, and what a busy machine adds. */
const SOON_MS = 5_000;
const SLACK_MS = 5_000;
/** A lost tracker is dialled again so late, or TCP repeats a question so late, and no later. */
const TRACKER_SOON_MS = RECONNECT_MAX_MS;
/** More than what keeps connections alive, less than a piece. */
const MOVING_BYTES = 128 * KiB;
const PATIENCE_MS = 60_000;

interface Scene extends MachineScene, Pick<Campaign, 'check' | 'measured' | 'say'> {
  readonly awaySeconds: number;
}

/** How a link goes and comes back. */
interface Link {
  readonly away: () => Promise<void>;
  readonly back: () => Promise<void>;
}

/** Nothing passes, and neither end is told: a cable further away. */
function silentLink(machines: Machines, name: string): Link {
  const set = (state: number) => (): Promise<void> =>
    machines.sh('switch', `bridge link set dev ${machines.portOf(name)} state ${state}`);
  return { away: set(0), back: set(3) };
}

/** The machine sees that its own cable is out. */
function cable(machines: Machines, name: string): Link {
  const set = (how: string) => async (): Promise<void> =>
    void (await machines.ip('switch', 'link', 'set', machines.portOf(name), how));
  return { away: set('down'), back: set('up') };
}

/** When so much has come to a machine since `from` bytes had, in milliseconds from now; undefined for too late. */
async function moves(machines: Machines, name: string, from: number): Promise<number | undefined> {
  const startMs = performance.now();
  while (performance.now() - startMs < PATIENCE_MS) {
    if ((await machines.sentTo(name)) - from >= MOVING_BYTES) return performance.now() - startMs;
    await sleep(50);
  }
  return undefined;
}

/** Ben is in the middle of what ann serves. */
async function inTransfer({ machines, swarm, awaySeconds }: Scene) {
  await oneNetwork(machines);
  await swarm.tracker('tracker');
  await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
  await swarm.run('ben', 'ben', 'login', 'ben', ...TRACKER);
  await swarm.serve('ann', ...UP);
  const before = await machines.sentTo('ben');
  // Who sits at a terminal waits as long as they like; a script has to say it.
  const ended = swarm.download('ben', 'ben', '--timeout', `${awaySeconds + 300}s`);
  await moves(machines, 'ben', before + MiB);
  return { ended };
}

/** Nothing comes while the link is away, and soon after it is back it does. */
function peersAway(what: string, linkOf: (machines: Machines) => Link) {
  return async (scene: Scene): Promise<void> => {
    const { machines, swarm, check, measured, say, awaySeconds } = scene;
    const { ended } = await inTransfer(scene);
    const link = linkOf(machines);
    await link.away();
    // What was on its way has come.
    await sleep(1_000);
    const atCut = await machines.sentTo('ben');
    await sleep(awaySeconds * 1_000);
    const atReturn = await machines.sentTo('ben');
    check(atReturn - atCut < MOVING_BYTES, `${what}: nothing came in ${awaySeconds} s`);
    await link.back();
    const ms = await moves(machines, 'ben', atReturn);
    const text = ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s after the return`;
    say(`# ${what}: goes on ${text}`);
    measured(ms !== undefined && ms < SOON_MS + SLACK_MS, `${what}: it goes on ${text}`);
    const { status, output } = await ended;
    check(status === 0 && (await swarm.isRight()), `${what}: the file arrives`);
    if (status !== 0) say(`# ${output}`);
  };
}

/** The transfer does not need the tracker; the command ends once it is told of. */
async function trackerAway(scene: Scene): Promise<void> {
  const { machines, swarm, check, measured, say, awaySeconds } = scene;
  const what = 'the tracker’s link';
  const { ended } = await inTransfer(scene);
  const link = silentLink(machines, 'tracker');
  const cutMs = performance.now();
  await link.away();
  const isThere = async (): Promise<boolean> => {
    while (performance.now() - cutMs < awaySeconds * 1_000) {
      if (await swarm.isRight()) return true;
      await sleep(500);
    }
    return false;
  };
  const wasThere = await isThere();
  const transferS = ((performance.now() - cutMs) / 1_000).toFixed(1);
  check(wasThere, `${what}: the file is there ${transferS} s after it went away`);
  await sleep(Math.max(0, awaySeconds * 1_000 - (performance.now() - cutMs)));
  const backMs = performance.now();
  await link.back();
  const { status, output } = await ended;
  const ms = Math.max(0, performance.now() - backMs);
  say(`# ${what}: the command ends ${(ms / 1_000).toFixed(1)} s after the return`);
  measured(
    ms < TRACKER_SOON_MS + SLACK_MS,
    `${what}: the command ends ${Math.round(ms)} ms after the return`,
  );
  check(status === 0, `${what}: and well`);
  if (status !== 0) say(`# ${output}`);
}

const scenes = {
  'the downloader’s link, and nobody is told': peersAway('the downloader’s link', (machines) =>
    silentLink(machines, 'ben'),
  ),
  'the tracker’s link': trackerAway,
  'the sharer’s link, and nobody is told': peersAway('the sharer’s link', (machines) =>
    silentLink(machines, 'ann'),
  ),
  'the sharer’s cable': peersAway('the sharer’s cable', (machines) => cable(machines, 'ann')),
  'the downloader’s cable': peersAway('the downloader’s cable', (machines) =>
    cable(machines, 'ben'),
  ),
} as const;
/** One kind of each. */
const SHORT_SCENES = 2;

await runCampaign('outages', async ({ isShort, folder, check, measured, say }) => {
  const obstacle = await Machines.obstacle();
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const awaySeconds = Number(valueOf('--seconds') ?? (isShort ? AWAY_SECONDS_SHORT : AWAY_SECONDS));
  const only = valueOf('--only');
  const machineScenes = new MachineScenes(folder, FILM_BYTES);
  const play = (name: string, work: (scene: Scene) => Promise<void>): Promise<void> =>
    machineScenes.playNamed(name, { check, say }, (on) =>
      work({ ...on, awaySeconds, check, measured, say }),
    );
  await play('accounts, a group and a share', async ({ machines, swarm }) => {
    await oneNetwork(machines);
    await swarm.writeFilm();
    const tracker = await swarm.tracker('tracker');
    await swarm.shareFilm('ann', TRACKER);
    await swarm.letIn('ann', 'ben', TRACKER);
    await tracker.kill();
    await machineScenes.keep(swarm);
  });
  const all = Object.entries(scenes).filter(([name]) => only === undefined || name.includes(only));
  for (const [name, work] of isShort ? all.slice(0, SHORT_SCENES) : all) await play(name, work);
});
