/**
 * Machines on networks as people have them, and the three steps of the README on them: does the file
 * arrive, and does `serve` say the truth of who can come? The machines are network namespaces; without
 * root there are none, and nothing is checked.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MiB } from '../../src/net/limits.js';
import { haveTool } from '../fixtures/debian-tool.js';
import {
  INTERNET,
  machineAt,
  NETWORK_KINDS,
  oneNetwork,
  onInternet,
  TRACKER,
  type NetworkKind,
} from '../fixtures/network-kinds.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { MachineScenes, type MachineScene } from '../fixtures/machine-scenes.js';
import { connectSeconds, FILM, GROUP } from '../fixtures/machine-swarm.js';
import { Machines, type MachineProcess } from '../fixtures/machines.js';
import { homeOfSix, onSixInternet, SIX_HOME, SIX_OUTSIDE } from '../fixtures/six-router.js';

const FILM_BYTES = 10 * MiB;
const UP_MIB_PER_SECOND = 2;
const RELAY_MIB_PER_SECOND = 4;
const SLOW_RELAY_MIB_PER_SECOND = 0.5;
/** What a person waits without asking why, and what a busy machine adds. */
const SOON_MS = 5_000;
const SLACK_MS = 5_000;

type Scene = MachineScene & Pick<Campaign, 'check' | 'say'>;

/** A connection that goes on to another address, as proxies and mapped ports do it. */
const FORWARD = `
  const [port, host, to] = process.argv.slice(1);
  require('net').createServer((one) => {
    const other = require('net').connect({ host, port: Number(to) });
    for (const socket of [one, other]) socket.on('error', () => { one.destroy(); other.destroy(); });
    one.pipe(other); other.pipe(one);
  }).listen({ port: Number(port), host: '::' }, () => console.log('forwarding'));
`;

async function forward(machines: Machines, at: string, port: number, host: string, to: number) {
  const words = [process.execPath, '-e', FORWARD, String(port), host, String(to)];
  await machines.start(at, words).line(/forwarding/, 60_000);
}

/** Logs both in, serves, downloads: the file is there, and the line about who comes is as expected. */
async function transfer(
  { swarm, check, say }: Scene,
  what: string,
  how: {
    annTracker: string;
    benTracker: string;
    serve?: readonly string[];
    said: RegExp;
    before?: () => Promise<void>;
  },
): Promise<MachineProcess> {
  await swarm.run('ann', 'ann', 'login', 'ann', '--tracker', how.annTracker);
  const { serve, said, saidMs } = await swarm.serve('ann', ...(how.serve ?? []));
  check(how.said.test(said), `${what}: serve says "${said}"`);
  check(saidMs < SOON_MS + SLACK_MS, `${what}: ${Math.round(saidMs)} ms after it began to serve`);
  await swarm.run('ben', 'ben', 'login', 'ben', '--tracker', how.benTracker);
  await how.before?.();
  const { output } = await swarm.download('ben', 'ben', '--timeout', '20s');
  check(await swarm.isRight(), `${what}: the file arrives`);
  say(`# ${what}: connect ${connectSeconds(output)} s`);
  if (!(await swarm.isRight())) say(`# ${output}\n# ${serve.output}`);
  return serve;
}

const scenes: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'the tracker on the sharer’s machine, reached over 127.0.0.1': async (scene) => {
    await oneNetwork(scene.machines);
    await scene.swarm.tracker('ann');
    await transfer(scene, 'loopback', {
      annTracker: '127.0.0.1:8000',
      benTracker: '192.0.2.10:8000',
      said: /^others reach you at 192\.0\.2\.10:\d+.* \(tried from this machine\)$/,
    });
  },
  'a name that the hosts file maps to 127.0.1.1': async (scene) => {
    const { machines, swarm, check } = scene;
    await machines.network('lan');
    await machines.machine('ann', '127.0.0.1 localhost\n127.0.1.1 ann-pc\n');
    await machines.plug('ann', 'lan', '192.0.2.10/24');
    await machines.machine('tracker');
    await machines.plug('tracker', 'lan', '192.0.2.30/24');
    await swarm.tracker('tracker');
    await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
    const { said, saidMs } = await swarm.serve('ann', '--host', 'ann-pc');
    const way =
      /^others reach you by calls, .*: you serve on 127\.0\.1\.1:\d+ alone.*; to be dialled, leave --host out/;
    check(way.test(said), `127.0.1.1: serve says "${said}"`);
    check(saidMs < SOON_MS + SLACK_MS, `127.0.1.1: ${Math.round(saidMs)} ms after it began`);
  },
  'two networks, the tracker and the sharer on both': async (scene) => {
    const { machines, swarm } = scene;
    for (const [network, net] of [
      ['office', '10.1.0'],
      ['lab', '10.2.0'],
    ] as const) {
      await machines.network(network);
      for (const [name, last] of [
        ['ann', 10],
        ['tracker', 30],
      ] as const) {
        if (network === 'office') await machines.machine(name);
        await machines.plug(name, network, `${net}.${last}/24`);
      }
    }
    await machines.machine('ben');
    await machines.plug('ben', 'lab', '10.2.0.20/24');
    await swarm.tracker('tracker');
    await transfer(scene, 'two networks', {
      annTracker: '10.1.0.30:8000',
      benTracker: '10.2.0.30:8000',
      said: /^others reach you at 10\.1\.0\.10:\d+, 10\.2\.0\.10:\d+ \(tried\)$/,
    });
  },
  'a proxy in front of the tracker': async (scene) => {
    const { machines, swarm } = scene;
    await oneNetwork(scene.machines);
    await machines.network('server');
    await machines.machine('proxy');
    await machines.plug('proxy', 'lan', '192.0.2.40/24');
    await machines.plug('proxy', 'server', '10.7.0.1/24');
    await machines.machine('inner');
    await machines.plug('inner', 'server', '10.7.0.2/24');
    await swarm.tracker('inner');
    await forward(machines, 'proxy', 8000, '10.7.0.2', 8000);
    await transfer(scene, 'proxy', {
      annTracker: '192.0.2.40:8000',
      benTracker: '192.0.2.40:8000',
      said: /^who is on your network reaches you at 192\.0\.2\.10:\d+, others by calls, .*: nothing listens at 10\.7\.0\.1:\d+;/,
    });
  },
  'a container with a mapped port': async (scene) => {
    const { machines, swarm } = scene;
    await oneNetwork(machines, ['host', 'ben', 'tracker']);
    await machines.network('bridge');
    await machines.machine('ann');
    await machines.plug('ann', 'bridge', '172.17.0.2/16');
    await machines.plug('host', 'bridge', '172.17.0.1/16');
    await swarm.tracker('tracker');
    await forward(machines, 'host', 8000, '192.0.2.30', 8000);
    await forward(machines, 'host', 7001, '172.17.0.2', 7001);
    await transfer(scene, 'mapped port', {
      annTracker: '172.17.0.1:8000',
      benTracker: '192.0.2.30:8000',
      serve: ['--port', '7001', '--announce', '192.0.2.10:7001'],
      said: /^others reach you at 192\.0\.2\.10:7001 \(tried\)$/,
    });
  },
  'IPv6 alone': async (scene) => {
    const { machines, swarm } = scene;
    await machines.network('lan');
    for (const [name, last] of [
      ['ann', 10],
      ['ben', 20],
      ['tracker', 30],
    ] as const) {
      await machines.machine(name);
      await machines.plug(name, 'lan', `2001:db8::${last}/64`);
    }
    await swarm.tracker('tracker');
    await transfer(scene, 'IPv6', {
      annTracker: '[2001:db8::30]:8000',
      benTracker: '[2001:db8::30]:8000',
      said: /^others reach you at \[2001:db8::10\]:\d+ \(tried\)$/,
    });
  },
  'link-local addresses alone': async (scene) => {
    const { machines, swarm } = scene;
    await machines.network('lan');
    // The sharer calls its interface otherwise than the others do.
    await machines.network('unused');
    for (const name of ['ann', 'ben', 'tracker']) await machines.machine(name);
    await machines.plug('ann', 'unused');
    for (const name of ['ann', 'ben', 'tracker']) await machines.plug(name, 'lan');
    const links = await machines.ip('tracker', '-6', '-o', 'addr', 'show', 'dev', 'eth0');
    const [, host = ''] = /inet6 (fe80:[^/]+)/.exec(links) ?? [];
    await swarm.tracker('tracker');
    await transfer(scene, 'link-local', {
      annTracker: `[${host}%eth1]:8000`,
      benTracker: `[${host}%eth0]:8000`,
      said: /^others reach you at \[fe80:[^\]%]+\]:\d+ \(tried\)$/,
    });
  },
  'an address that drops packets': async (scene) => {
    const { machines, swarm } = scene;
    await oneNetwork(scene.machines);
    await machines.network('lab');
    for (const [name, last] of [
      ['ann', 10],
      ['ben', 20],
      ['tracker', 30],
    ] as const) {
      await machines.plug(name, 'lab', `10.2.0.${last}/24`);
    }
    // Frames for a card that nobody has.
    const nobody = ['10.2.0.10', 'lladdr', '02:00:00:00:00:99', 'dev', 'eth1', 'nud', 'permanent'];
    await machines.ip('ben', 'neigh', 'add', ...nobody);
    await swarm.tracker('tracker');
    await transfer(scene, 'dropped packets', {
      annTracker: '10.2.0.30:8000',
      benTracker: '192.0.2.30:8000',
      said: /^others reach you at 10\.2\.0\.10:\d+, 192\.0\.2\.10:\d+ \(tried\)$/,
    });
  },
};

for (const [who, isNamed, goneMs] of [
  ['sharer', false, 0],
  ['sharer', true, 0],
  ['sharer', false, 3_000],
  ['downloader', false, 0],
] as const) {
  const how = isNamed ? ', which --host had named' : '';
  const what = `the ${who}’s address changes${goneMs > 0 ? ', with none in between' : how}`;
  Object.assign(scenes, {
    [what]: async (scene: Scene) => {
      const { machines, swarm, check, say } = scene;
      await oneNetwork(scene.machines);
      await swarm.tracker('tracker');
      await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
      await swarm.run('ben', 'ben', 'login', 'ben', ...TRACKER);
      const host = isNamed ? ['--host', '192.0.2.10'] : [];
      const { serve } = await swarm.serve('ann', '--up', `${UP_MIB_PER_SECOND}MiB/s`, ...host);
      const downloading = swarm.download('ben');
      await swarm.whenBegun('ben');
      await sleep(1_500);
      const [machine, old, fresh] =
        who === 'sharer'
          ? ['ann', '192.0.2.10', '192.0.2.110']
          : ['ben', '192.0.2.20', '192.0.2.120'];
      const start = serve.output.length;
      const atMs = performance.now();
      await machines.ip(machine, 'addr', 'del', `${old}/24`, 'dev', 'eth0');
      await sleep(goneMs);
      await machines.ip(machine, 'addr', 'add', `${fresh}/24`, 'dev', 'eth0');
      const backAtMs = performance.now();
      if (who === 'sharer') {
        const said = await serve.line(/others reach you at 192\.0\.2\.110/, 30_000, start);
        const ms = Math.round(performance.now() - (goneMs > 0 ? backAtMs : atMs));
        check(ms < SOON_MS + SLACK_MS, `${what}: "${said ?? 'nothing'}" after ${ms} ms`);
      }
      const { output } = await downloading;
      check(await swarm.isRight(), `${what}: the file arrives`);
      const [, seconds] = /transfer ([\d.]+) s/.exec(output) ?? [];
      const dueS = FILM_BYTES / MiB / UP_MIB_PER_SECOND;
      const stallS = Number(seconds) - dueS - goneMs / 1_000;
      say(`# ${what}: ${seconds} s for ${dueS} s worth of bytes`);
      check(stallS < (SOON_MS + SLACK_MS) / 1_000, `${what}: it cost ${stallS.toFixed(1)} s`);
    },
  });
}

/** Others can dial whoever is there. */
function isReached(kind: NetworkKind): boolean {
  return kind === 'public' || kind === 'upnp';
}

/** How the two meet: dialled where the sharer can be, called where the other can, else relayed. */
function wayOf(sharer: NetworkKind, downloader: NetworkKind): string | undefined {
  if (isReached(sharer)) return undefined;
  return isReached(downloader) ? 'called' : 'relayed';
}

/** So slow that the file is not through before a router has been asked; then the better way is taken. */
function relayRateOf(downloader: NetworkKind): number {
  return downloader === 'upnp' ? SLOW_RELAY_MIB_PER_SECOND : RELAY_MIB_PER_SECOND;
}

/** A sharer and a downloader, each at a network of some kind. */
function meeting(sharer: NetworkKind, downloader: NetworkKind) {
  const what = `${sharer} sharer, ${downloader} downloader`;
  return async ({ machines, swarm, check, say }: Scene): Promise<void> => {
    await machines.network(INTERNET);
    await machines.machine('tracker');
    await onInternet(machines, 'tracker', '192.0.2.30');
    // A router that is asked wants an address of its own that is none of documents.
    const [annsNet, bensNet] = [sharer, downloader].includes('upnp')
      ? ['45.10.1', '45.10.2']
      : ['198.51.100', '203.0.113'];
    await machineAt(machines, 'ann', sharer, annsNet);
    await machineAt(machines, 'ben', downloader, bensNet);
    const relayRate = relayRateOf(downloader);
    await swarm.tracker('tracker', '::', '--relay', `${relayRate}MiB/s`);
    await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
    const { said } = await swarm.serve('ann');
    check(said.startsWith('others reach you at') === isReached(sharer), `${what}: ${said}`);
    await swarm.run('ben', 'ben', 'login', 'ben', ...TRACKER);
    const { output } = await swarm.download('ben', 'ben', '--json', '--timeout', '40s');
    const [, way] = /"way":"(\w+)"/.exec(output) ?? [];
    if (way === 'relayed') {
      const rate = FILM_BYTES / MiB / (Number(/"transfer":([\d.]+)/.exec(output)?.[1]) / 1_000);
      check(rate < relayRate * 1.05, `${what}: ${rate.toFixed(2)} MiB/s are relayed`);
    }
    const isRight = await swarm.isRight();
    check(isRight && way === wayOf(sharer, downloader), `${what}: ${way ?? 'dialled'}`);
    say(`# ${what}: ${/"connect":[\d.]+/.exec(output)?.[0] ?? output}`);
  };
}

/** All pairs of networks, or one for each way by the seed, and two with a router that is asked. */
function addPairs(
  isShort: boolean,
  random: Campaign['random'],
  upnpLack: string | undefined,
): void {
  const kinds = NETWORK_KINDS.filter((kind) => kind !== 'upnp' || upnpLack === undefined);
  const pairs = kinds.flatMap((sharer) => kinds.map((downloader) => ({ sharer, downloader })));
  const wayText = ({ sharer, downloader }: (typeof pairs)[number]): string =>
    wayOf(sharer, downloader) ?? 'dialled';
  const draw = (from: typeof pairs): typeof pairs =>
    from.slice(Math.floor(random() * from.length)).slice(0, 1);
  const short = [
    ...draw(pairs.filter((pair) => wayText(pair) === 'called')),
    ...draw(pairs.filter((pair) => wayText(pair) === 'relayed')),
    ...draw(pairs.filter(({ sharer }) => sharer === 'upnp')),
    ...draw(pairs.filter((pair) => pair.downloader === 'upnp' && wayText(pair) === 'called')),
  ];
  for (const { sharer, downloader } of isShort ? short : pairs) {
    const name = `a ${sharer} sharer and a ${downloader} downloader`;
    Object.assign(scenes, { [name]: meeting(sharer, downloader) });
  }
  Object.assign(scenes, { 'nobody in reach, and no relay': outOfReach });
  Object.assign(scenes, { 'a router of IPv6 that is asked for a hole': behindSixRouter });
}

/** Nobody gets in but by the hole that the sharer has asked for, and gives back. */
async function behindSixRouter(scene: Scene): Promise<void> {
  const { machines, swarm, check } = scene;
  await machines.network(INTERNET);
  await onSixInternet(machines, 'tracker', 30);
  await onSixInternet(machines, 'ben', 20);
  const router = await homeOfSix(machines, 'ann');
  await swarm.tracker('tracker');
  const tracker = `[${SIX_OUTSIDE}::30]:8000`;
  const serve = await transfer(scene, 'a router of IPv6', {
    annTracker: tracker,
    benTracker: tracker,
    serve: ['--port', '7001'],
    said: new RegExp(`^others reach you at \\[${SIX_HOME}::10\\]:7001 \\(tried\\)$`),
  });
  await serve.kill();
  const holes = router.output.split('\n').filter((line) => line.includes(' . '));
  const hole = `${SIX_HOME}::10 . 7001`;
  const isGivenBack = holes.join() === `add ${hole},delete ${hole}`;
  check(isGivenBack, `a router of IPv6: ${holes.join(', ')}`);
}

/** Neither can be dialled, and the tracker does not relay. */
async function outOfReach({ machines, swarm, check }: Scene): Promise<void> {
  await machines.network(INTERNET);
  await machines.machine('tracker');
  await onInternet(machines, 'tracker', '192.0.2.30');
  await machineAt(machines, 'ann', 'firewalled', '198.51.100');
  await machineAt(machines, 'ben', 'symmetric', '203.0.113');
  await swarm.tracker('tracker');
  await swarm.run('ann', 'ann', 'login', 'ann', ...TRACKER);
  await swarm.serve('ann');
  await swarm.run('ben', 'ben', 'login', 'ben', ...TRACKER);
  const to = join(swarm.folder, 'nothing yet');
  await mkdir(to);
  const download = swarm.start('ben', 'ben', 'download', GROUP, FILM, to);
  const startMs = performance.now();
  const line = await download.line(/ann.*--announce HOST:PORT.*--relay/, 30_000);
  const ms = Math.round(performance.now() - startMs);
  check(
    line !== undefined && ms < SOON_MS + SLACK_MS,
    `out of reach: "${line ?? download.output}" after ${ms} ms`,
  );
  await download.kill();
}

await runCampaign('addresses', async ({ isShort, random, folder, check, say }) => {
  const obstacle = await Machines.obstacle();
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const only = valueOf('--only');
  const machineScenes = new MachineScenes(folder, FILM_BYTES);
  const play = (name: string, work: (scene: Scene) => Promise<void>): Promise<void> =>
    machineScenes.playNamed(name, { check, say }, (on) => work({ ...on, check, say }));
  await play('the three steps of the README on three machines', async (scene) => {
    const { swarm } = scene;
    await oneNetwork(scene.machines);
    await swarm.writeFilm();
    const tracker = await swarm.tracker('tracker');
    await swarm.shareFilm('ann', TRACKER);
    const { serve, said } = await swarm.serve('ann');
    check(/^others reach you at 192\.0\.2\.10:\d+ \(tried\)$/.test(said), `serve says "${said}"`);
    await swarm.letIn('ann', 'ben', TRACKER);
    const files = await swarm.run('ben', 'ben', 'files', GROUP);
    check(files.startsWith(`${FILM}\t${FILM_BYTES}\t1\tann`), `ben sees "${files.trim()}"`);
    const { output } = await swarm.download('ben');
    check(await swarm.isRight(), `the file arrives, connect ${connectSeconds(output)} s`);
    await serve.kill();
    await tracker.kill();
    await machineScenes.keep(swarm);
  });
  const nft = await haveTool('nft', 'nftables');
  if (nft === undefined) {
    const upnp = await haveTool('miniupnpd', 'miniupnpd-nftables');
    if (upnp !== undefined) say(`# skipped routers with UPnP: ${upnp}`);
    addPairs(isShort, random, upnp);
  }
  if (nft !== undefined) say(`# skipped firewalls and routers: ${nft}`);
  for (const [name, work] of Object.entries(scenes)) {
    if (only === undefined || name.includes(only)) await play(name, work);
  }
});
