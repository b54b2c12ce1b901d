/**
 * A link that is away for a while in mid-transfer, and comes back: the download goes on by itself, soon after that. With
 * the tracker's away the transfer goes on meanwhile, and whoever asks it something is answered soon after its return. How
 * long a link is away decides what is noticed of it meanwhile, so each scene is played for each of a list of times
 * (`--seconds N,N,…`). The machines are network namespaces; without root there are none, and nothing is checked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KiB, MiB } from '../../src/net/limits.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { GROUP } from '../fixtures/machine-swarm.js';
import { MachineScenes, type MachineScene } from '../fixtures/machine-scenes.js';
import { Machines } from '../fixtures/machines.js';
import { oneNetwork, TRACKER } from '../fixtures/network-kinds.js';

const FILM_BYTES = 16 * MiB;
const UP = ['--up', '2MiB/s'];
/** Shorter and longer than anybody waits for one answer: a question, a dial, a handshake, a block, two pings. */
const AWAY_SECONDS = [5, 15, 25, 30, 60, 120];
const AWAY_SECONDS_SHORT = [5, 25];
/** So long that whoever waits has grown used to it; for the tracker's link alone. */
const LONGEST_SECONDS = 600;
/** What a person waits without asking why, and what a busy machine adds. */
const SOON_MS = 5_000;
const SLACK_MS = 5_000;
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
  // In a short time it is on its way.
  if (wasThere) check(true, `${what}: the file is there ${transferS} s after it went away`);
  await sleep(Math.max(0, awaySeconds * 1_000 - (performance.now() - cutMs)));
  const backMs = performance.now();
  await link.back();
  const { status, output } = await ended;
  const ms = Math.max(0, performance.now() - backMs);
  say(`# ${what}: the command ends ${(ms / 1_000).toFixed(1)} s after the return`);
  measured(
    ms < SOON_MS + SLACK_MS || !wasThere,
    `${what}: the command ends ${Math.round(ms)} ms after the return`,
  );
  check(status === 0, `${what}: and well`);
  if (status !== 0) say(`# ${output}`);
}

/** A client that is there, and asks its tracker something while that is away, or nothing, and when it is back. */
async function ownLink({ machines, swarm, check, measured, say, awaySeconds }: Scene) {
  await oneNetwork(machines);
  await swarm.tracker('tracker');
  await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
  const { serve } = await swarm.serve('ann');
  const link = silentLink(machines, 'tracker');
  for (const asks of [true, false]) {
    const what = `the client’s own link, ${asks ? 'asked' : 'not asked'} meanwhile`;
    await swarm.run('ann', 'ann', 'files', GROUP);
    await link.away();
    const asked = asks ? swarm.start('ann', 'ann', 'files', GROUP) : undefined;
    await sleep(awaySeconds * 1_000);
    await link.back();
    const backMs = performance.now();
    let status: number | null = 1;
    while (status !== 0 && performance.now() - backMs < PATIENCE_MS) {
      ({ status } = await swarm.start('ann', 'ann', 'files', GROUP).ended);
    }
    const ms = performance.now() - backMs;
    const text = `${awaySeconds} s away: answered ${(ms / 1_000).toFixed(1)} s after the return`;
    say(`# ${what}, ${text}`);
    measured(status === 0 && ms < SOON_MS + SLACK_MS, `${what}, ${text}`);
    await asked?.ended;
  }
  check(serve.child.exitCode === null, 'the client is there all the time');
  const lost = serve.output.split('\n').filter((line) => line.includes('connected again')).length;
  say(`# the link was made anew ${lost} times`);
}

const scenes = {
  'the downloader’s link, and nobody is told': peersAway('the downloader’s link', (machines) =>
    silentLink(machines, 'ben'),
  ),
  'the client’s own link': ownLink,
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

/** How long a link is away in the scenes of one name. */
function times(name: string, isShort: boolean): readonly number[] {
  const said = valueOf('--seconds');
  if (said !== undefined) return said.split(',').map(Number);
  if (isShort) return AWAY_SECONDS_SHORT;
  return scenes[name as keyof typeof scenes] === ownLink
    ? [...AWAY_SECONDS, LONGEST_SECONDS]
    : AWAY_SECONDS;
}

await runCampaign('outages', async ({ isShort, folder, check, measured, say }) => {
  const obstacle = await Machines.obstacle();
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const only = valueOf('--only');
  const machineScenes = new MachineScenes(folder, FILM_BYTES);
  const play = (
    name: string,
    awaySeconds: number,
    work: (scene: Scene) => Promise<void>,
  ): Promise<void> =>
    machineScenes.playNamed(name, { check, say }, (on) =>
      work({ ...on, awaySeconds, check, measured, say }),
    );
  await play('accounts, a group and a share', 0, async ({ machines, swarm }) => {
    await oneNetwork(machines);
    await swarm.writeFilm();
    const tracker = await swarm.tracker('tracker');
    await swarm.shareFilm('ann', TRACKER);
    await swarm.letIn('ann', 'ben', TRACKER);
    await tracker.kill();
    await machineScenes.keep(swarm);
  });
  const all = Object.entries(scenes).filter(([name]) => only === undefined || name.includes(only));
  for (const [name, work] of isShort && only === undefined ? all.slice(0, SHORT_SCENES) : all) {
    for (const seconds of times(name, isShort)) await play(`${name}, ${seconds} s`, seconds, work);
  }
});
