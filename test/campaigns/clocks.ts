/**
 * The clock of a tracker, of a sharer and of a downloader is set, by an hour and by ten days, forwards
 * and back, before the program starts and in the middle of a download. Checked: the download ends
 * with the right bytes, nobody is logged out, whoever served goes on serving. The clock is that of the
 * process alone: libfaketime reads it from a file. The steady clocks go on as they do.
 */
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KiB, MiB } from '../../src/net/limits.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld, type Staying } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const FILE = 'film';
const SIZE = 3 * MiB + 100 * KiB;
const ROLES = ['tracker', 'ann', 'ben'] as const;
const SHIFTS = ['+1h', '-1h', '+10d', '-10d'] as const;
const MOMENTS = ['at start', 'in the middle'] as const;
const SLEEP = '+10m';
/** Cases of the short form. */
const SHORT_CASES = 8;

type Role = (typeof ROLES)[number];

interface Case {
  readonly role: Role;
  readonly shift: (typeof SHIFTS)[number];
  readonly moment: (typeof MOMENTS)[number];
}

interface Scene {
  readonly world: ProgramWorld;
  readonly content: Buffer;
  readonly faketime: string;
  tracker: Staying;
  ann: Staying;
}

await runCampaign('clocks', async ({ isShort, folder, random, check, say }) => {
  const missing = await haveTool('faketime', 'faketime');
  const faketime = missing === undefined ? await libfaketime() : undefined;
  if (faketime === undefined) return say(`skipped: ${missing ?? 'there is no libfaketime'}`);
  const world = new ProgramWorld(folder);
  const content = sampleBytes(SIZE);
  try {
    for (const role of ROLES) await setClock(world, role, '+0');
    world.wrapStaying = clockOf(world, faketime, 'tracker');
    const tracker = await world.startTracker();
    await world.pair(FILE, content);
    world.wrapStaying = clockOf(world, faketime, 'ann');
    const ann = await world.serve('ann');
    const scene = { world, content, faketime, tracker, ann };
    const cases = allCases();
    if (isShort) shuffle(cases, random).length = SHORT_CASES;
    for (const one of cases) await play(scene, one, { check, say });
    await sleepAndWake(scene, { check, say });
  } finally {
    await world.close();
  }
});

function allCases(): Case[] {
  return ROLES.flatMap((role) =>
    SHIFTS.flatMap((shift) => MOMENTS.map((moment) => ({ role, shift, moment }))),
  );
}

async function play(
  scene: Scene,
  { role, shift, moment }: Case,
  { check, say }: Pick<Campaign, 'check' | 'say'>,
): Promise<void> {
  const { world, content, faketime } = scene;
  const name = `the clock of ${role === 'tracker' ? 'the tracker' : role} ${shift} ${moment}`;
  const isAtStart = moment === 'at start';
  if (isAtStart) {
    await setClock(world, role, shift);
    await startAgain(scene, role);
  }
  const destination = world.path('out');
  let isSet = isAtStart;
  const ended = await world.run({
    home: world.path('ben'),
    args: ['download', GROUP, FILE, destination, '--down', '1MiB', '--timeout', '15s'],
    wrap: clockOf(world, faketime, 'ben'),
    onStderr: (text) => {
      // The lines of progress say that bytes come.
      if (isSet || !text.includes(' %')) return;
      isSet = true;
      void setClock(world, role, shift);
    },
  });
  const got = await readFile(destination).catch(() => Buffer.alloc(0));
  const isRight = ended.status === 0 && got.equals(content);
  if (!isRight) say(`status ${ended.status}: ${ended.stderr.slice(-300)}`);
  check(isRight, `${name}: the file is there`);
  check(isSet, `${name}: it was set`);
  const groups = await world.run({
    home: world.path('ben'),
    args: ['groups'],
    wrap: clockOf(world, faketime, 'ben'),
  });
  if (groups.status !== 0) say(groups.stderr);
  check(groups.status === 0, `${name}: nobody is logged out`);
  const isUp = [scene.tracker, scene.ann].every(({ child }) => child.exitCode === null);
  check(isUp, `${name}: who served goes on serving`);
  await rm(destination, { force: true });
  await setClock(world, role, '+0');
  if (isAtStart) await startAgain(scene, role);
}

async function sleepAndWake(
  scene: Scene,
  { check, say }: Pick<Campaign, 'check' | 'say'>,
): Promise<void> {
  const { world, content, ann } = scene;
  const pid = processOf(ann);
  const name = 'the machine of ann sleeps for ten minutes';
  process.kill(pid, 'SIGSTOP');
  for (const role of ROLES) await setClock(world, role, SLEEP);
  await world.stop(scene.tracker);
  world.wrapStaying = clockOf(world, scene.faketime, 'tracker');
  scene.tracker = await world.startTracker();
  check((await sourcesOf(world)) === '0', `${name}: nobody has the file meanwhile`);
  process.kill(pid, 'SIGCONT');
  check(await untilServed(world), `${name}: she has it again, by herself`);
  check(ann.child.exitCode === null && ann.child.signalCode === null, `${name}: she goes on`);
  const destination = world.path('out');
  const ended = await world.run({
    home: world.path('ben'),
    args: ['download', GROUP, FILE, destination, '--timeout', '15s'],
    wrap: clockOf(world, scene.faketime, 'ben'),
  });
  const got = await readFile(destination).catch(() => Buffer.alloc(0));
  const isRight = ended.status === 0 && got.equals(content);
  if (!isRight) say(`status ${ended.status}: ${ended.stderr.slice(-300)}`);
  check(isRight, `${name}: and others get it`);
}

/** `env` runs what follows it in its own place. */
function processOf({ child: { pid } }: Staying): number {
  if (pid === undefined) throw new Error('it did not start');
  return pid;
}

async function startAgain(scene: Scene, role: Role): Promise<void> {
  const { world, faketime } = scene;
  if (role === 'ben') return;
  world.wrapStaying = clockOf(world, faketime, role);
  if (role === 'ann') {
    await world.stop(scene.ann);
    scene.ann = await world.serve('ann');
    return;
  }
  await world.stop(scene.tracker);
  scene.tracker = await world.startTracker();
  // Back with the tracker before somebody asks for her.
  await untilServed(world);
}

/** Waits until the tracker tells of a source again; false when it does not for long. */
async function untilServed(world: ProgramWorld): Promise<boolean> {
  for (let look = 0; look < 60; look++) {
    if ((await sourcesOf(world)) === '1') return true;
    await once(AbortSignal.timeout(500), 'abort');
  }
  return false;
}

/** How many the tracker tells of. */
async function sourcesOf(world: ProgramWorld): Promise<string | undefined> {
  const { stdout } = await world.run({ home: world.path('ben'), args: ['files', GROUP] });
  return stdout.split('\t')[2];
}

function setClock(world: ProgramWorld, role: Role, shift: string): Promise<void> {
  return writeFile(world.path(`${role}.clock`), shift);
}

function clockOf(world: ProgramWorld, faketime: string, role: Role): string[] {
  return [
    'env',
    `LD_PRELOAD=${faketime}`,
    `FAKETIME_TIMESTAMP_FILE=${world.path(`${role}.clock`)}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    'NO_FAKE_STAT=1',
  ];
}

/** Where Debian puts the library for programs with threads. */
async function libfaketime(): Promise<string | undefined> {
  for (const folder of await readdir('/usr/lib')) {
    const path = join('/usr/lib', folder, 'faketime', 'libfaketimeMT.so.1');
    if (await readFile(path).then(Boolean, () => false)) return path;
  }
  return undefined;
}

function shuffle<T>(list: T[], random: () => number): T[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
