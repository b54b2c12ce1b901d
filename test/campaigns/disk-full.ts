/**
 * A disk that is full, or that fills up in the middle, where a download of a file or of a folder goes,
 * where the home lies (also of somebody who shares a folder), and under the tracker's data. Checked: one
 * clear line, the status of storage, and an end soon after it; what is listed is true, the tracker goes
 * on, and with room again the same command does what it should. Each place is
 * filled a hundred times, in the short form as often as fits its time. The disks are file systems in
 * memory of 4 to 64 MiB, so it needs root on Linux.
 */
import { execFile } from 'node:child_process';
import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, type Campaign } from '../fixtures/campaign.js';
import { snapshotOf } from '../fixtures/file-recording.js';
import { makeTree, type Tree } from '../fixtures/folder-tree.js';
import { flawsOfContent, type Content } from '../fixtures/lost-folders.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const exec = promisify(execFile);
const FILE = 'film';
const SIZE = 3 * MiB + 100 * KiB;
const FILLER = 'filler';
const ALBUM = 'album';
/** From its error line to its end. */
const MAX_END_MS = 2_000;

const film = sampleBytes(SIZE);
/** Small files that lie in the pack, and larger ones that grow under their names. */
const album: Tree = {
  ...Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [
      `notes/${index % 4}/${index}`,
      sampleBytes(15 * KiB + 97 * index, `note ${index}`),
    ]),
  ),
  'film.bin': sampleBytes(MiB + 17, 'album film'),
  'inner/song.bin': sampleBytes(MiB, 'song'),
  'inner/void/': Buffer.alloc(0),
};

const POINTS = 100;
const SHORT_MS = 100_000;

/** What a client fills, and how it is looked at. */
interface Scene {
  readonly world: ProgramWorld;
  /** What is downloaded, under this name. */
  readonly name: string;
  readonly content: Content;
  readonly disks: Readonly<Record<'downloads' | 'ben', string>>;
  readonly random: () => number;
}

/** A tracker on a disk of its own, that nobody else needs. */
interface TrackerScene {
  readonly world: ProgramWorld;
  readonly disk: string;
  readonly random: () => number;
}

await runCampaign('disk-full', async ({ isShort, folder, random, check, say }) => {
  const refusal = await refusalOfMounts(join(folder, 'probe'));
  if (refusal !== undefined) return say(`skipped: ${refusal}`);
  const world = new ProgramWorld(folder);
  const disks = { downloads: join(folder, 'downloads'), ben: join(folder, 'ben') };
  const other = new ProgramWorld(join(folder, 'other'));
  const disk = other.path('tracker');
  const scenes: readonly Scene[] = [
    { world, name: FILE, content: film, disks, random },
    { world, name: ALBUM, content: album, disks, random },
  ];
  const mounted = [...Object.values(disks), disk];
  try {
    for (const path of mounted) await mountAt(path, 64);
    await world.startTracker();
    await world.pair(FILE, film);
    await makeTree(world.path(ALBUM), album);
    await world.must({ home: world.path('ann'), args: ['upload', world.path(ALBUM), GROUP] });
    await world.serve('ann', '--up', '4MiB');
    await other.startTracker(disk);
    await other.user('ann');
    await other.serve('ann');
    const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
    const hasTime = (): boolean => performance.now() < deadlineMs;
    let [clientPoints, trackerPoints, fullTimes] = [0, 0, 0];
    const fillClient = async (): Promise<void> => {
      for (; clientPoints < POINTS && hasTime(); clientPoints++) {
        for (const scene of scenes) {
          await fillBefore(scene, check);
          await fillMeanwhile(scene, check);
          await fillHome(scene, check);
        }
        await fillHomeOfSharer(scenes[1]!, check);
      }
    };
    const fillOther = async (): Promise<void> => {
      for (; trackerPoints < POINTS && hasTime(); trackerPoints++) {
        if (await fillTracker({ world: other, disk, random }, trackerPoints, check)) fullTimes++;
      }
      check(fullTimes * 2 >= trackerPoints, 'the disk of the tracker was full most times');
    };
    await Promise.all([fillClient(), fillOther()]);
    say(
      `${clientPoints} times in each place of a client, ${trackerPoints} times in a tracker (full ${fullTimes} times)`,
    );
  } finally {
    await Promise.all([world.close(), other.close()]);
    for (const path of mounted) await exec('umount', ['-l', path]).catch(() => 0);
  }
});

async function refusalOfMounts(path: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may mount';
  try {
    await mountAt(path, 4);
    await exec('umount', [path]);
    return undefined;
  } catch (error) {
    return `nothing can be mounted here: ${(error as Error).message.trim()}`;
  }
}

async function mountAt(path: string, sizeMiB: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await exec('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0700`, 'none', path]);
}

/** Makes a disk as large, and leaves so many bytes of it free. */
async function leave(path: string, sizeMiB: number, bytes: number): Promise<void> {
  await exec('mount', ['-o', `remount,size=${sizeMiB}m`, path]);
  const { bavail, bsize } = await statfs(path);
  const file = await open(join(path, FILLER), 'w');
  const block = Buffer.alloc(64 * KiB, 1);
  try {
    for (let left = bavail * bsize - bytes; left > 0; left -= block.length) {
      await file.write(block, 0, Math.min(left, block.length));
    }
  } catch (error) {
    // Somebody else has taken the last of it: full is what it should be.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}

async function makeRoom(path: string): Promise<void> {
  await rm(join(path, FILLER), { force: true });
}

function sizeOf({ random }: Scene): number {
  return 4 + Math.floor(random() * 61);
}

function download({ world, name, disks }: Scene) {
  const args = ['download', GROUP, name, disks.downloads, '--timeout', '10s', '--quiet'];
  return { home: world.path('ben'), args };
}

/** The disk of the downloads has too little room from the beginning, or just enough. */
async function fillBefore(scene: Scene, check: Campaign['check']): Promise<void> {
  const room = Math.floor(scene.random() * 1.2 * SIZE);
  const size = sizeOf(scene);
  await leave(scene.disks.downloads, size, room);
  const ended = await scene.world.run(download(scene));
  await judge(scene, `where ${scene.name} goes, ${size} MiB with ${room} bytes free`, ended, check);
}

/** It fills up while the file comes. */
async function fillMeanwhile(scene: Scene, check: Campaign['check']): Promise<void> {
  const size = Math.max(8, sizeOf(scene));
  await exec('mount', ['-o', `remount,size=${size}m`, scene.disks.downloads]);
  const room = Math.floor(scene.random() * 256 * KiB);
  const running = scene.world.run(download(scene));
  const isOver = running.then(() => true);
  const hasPart = async (): Promise<boolean> =>
    (await readdir(scene.disks.downloads)).some((name) => name.endsWith('.part'));
  while (!(await hasPart())) {
    if (await Promise.race([isOver, new Promise((wake) => setTimeout(wake, 5, false))])) break;
  }
  await leave(scene.disks.downloads, size, room);
  await judge(
    scene,
    `where ${scene.name} goes, ${size} MiB filled meanwhile`,
    await running,
    check,
  );
}

/** The disk of the home is full, or as good as full. */
async function fillHome(scene: Scene, check: Campaign['check']): Promise<void> {
  const room = Math.floor(scene.random() * 128 * KiB);
  await leave(scene.disks.ben, 64, room);
  const ended = await scene.world.run(download(scene));
  await judge(scene, `the home of ${scene.name} with ${room} bytes free`, ended, check);
}

/** How a download ended, what is listed then, and what comes of it with room. */
async function judge(
  scene: Scene,
  name: string,
  ended: Ended,
  check: Campaign['check'],
): Promise<void> {
  const { world, disks } = scene;
  const flaws = flawsOf(ended);
  if (ended.status === 0 && !(await isWhole(scene))) flaws.push('it is not whole');
  await makeRoom(disks.downloads);
  await makeRoom(disks.ben);
  await exec('mount', ['-o', 'remount,size=64m', disks.downloads]);
  const listed = await world.must({ home: world.path('ben'), args: ['downloads', '--json'] });
  const { downloads } = JSON.parse(listed.stdout) as {
    readonly downloads: readonly { readonly state: string; readonly fileName: string }[];
  };
  const state = downloads.find(({ fileName }) => fileName === scene.name)?.state;
  const isThere = await isWhole(scene);
  if (state === 'complete' && !isThere) flaws.push('listed as complete, and is not there');
  if (!isThere) {
    const again = await world.run(download(scene));
    if (again.status !== 0) flaws.push(`with room: ${again.stderr}`);
    if (!(await isWhole(scene))) flaws.push('with room it is not whole');
  }
  const names = await readdir(disks.downloads);
  if (names.length !== 1) flaws.push(`beside it: ${names.join(', ')}`);
  for (const rest of names) await rm(join(disks.downloads, rest), { recursive: true });
  // What is listed later is what comes of it later.
  const forget = ['stop-share', GROUP, scene.name];
  await world.run({ home: world.path('ben'), args: forget });
  await world.must({ home: world.path('ben'), args: ['forget'] });
  check(flaws.length === 0, [`${name}: status ${ended.status}`, ...flaws].join('; '));
}

function flawsOf({ status, stderr, afterErrorMs }: Ended): string[] {
  const errors = stderr.match(/^error: .*$/gm) ?? [];
  if (status === 0) return errors.length === 0 ? [] : ['an error and status 0'];
  const flaws = status === 7 ? [] : [`status ${status}: ${stderr}`];
  if (errors.length !== 1) flaws.push(`${errors.length} error lines: ${stderr}`);
  if (afterErrorMs > MAX_END_MS) flaws.push(`ended ${Math.round(afterErrorMs)} ms after it`);
  if (!/full|lacks/.test(errors.join())) flaws.push(`not clear: ${stderr}`);
  return flaws;
}

async function isWhole({ disks, name, content }: Scene): Promise<boolean> {
  const there = await snapshotOf(disks.downloads);
  const path = join(disks.downloads, name);
  return flawsOfContent((at) => there.get(at), path, content).length === 0;
}

/** The home of somebody who shares a folder is full: it is shared and noted, or neither. */
async function fillHomeOfSharer(
  { world, disks, content, random }: Scene,
  check: Campaign['check'],
): Promise<void> {
  const room = Math.floor(random() * 96 * KiB);
  const home = world.path('ben');
  const mine = world.path('mine');
  await rm(mine, { recursive: true, force: true });
  await makeTree(mine, { ...(content as Tree), own: sampleBytes(100, `${random()}`) });
  const args = ['upload', mine, GROUP, '--quiet'];
  await leave(disks.ben, 64, room);
  const ended = await world.run({ home, args });
  const flaws = flawsOf(ended);
  await makeRoom(disks.ben);
  const again = await world.run({ home, args });
  if (again.status !== 0) flaws.push(`with room: ${again.stderr}`);
  const shares = await world.must({ home, args: ['shares', '--json'] });
  if (!shares.stdout.includes(mine)) flaws.push('with room it is not listed');
  await world.must({ home, args: ['stop-share', GROUP, 'mine'] });
  const what = `the home of a sharer with ${room} bytes free`;
  check(flaws.length === 0, [`${what}: status ${ended.status}`, ...flaws].join('; '));
}

/**
 * The tracker's disk is full: what it refuses is not done, and what it has done stays. True when it refused
 * something: a journal that is longer than what is written takes no more of the disk.
 */
async function fillTracker(
  { world, disk, random }: TrackerScene,
  point: number,
  check: Campaign['check'],
): Promise<boolean> {
  const room = Math.floor(random() * 3) * 16 * KiB;
  await leave(disk, 64, room);
  const home = world.path('ann');
  const flaws: string[] = [];
  const made: string[] = [];
  let refused: string | undefined;
  for (let attempt = 0; refused === undefined && attempt < 40; attempt++) {
    const name = `group-${point}-${attempt}`;
    const ended = await world.run({ home, args: ['create-group', name] });
    flaws.push(...flawsOf(ended));
    if (ended.status === 0) made.push(name);
    else refused = name;
  }
  const before = await listed(world, home);
  await makeRoom(disk);
  if (refused !== undefined) {
    if (before.has(refused)) flaws.push('a refused group is there');
    const again = await world.run({ home, args: ['create-group', refused] });
    if (again.status === 0) made.push(refused);
    else flaws.push(`with room: ${again.stderr}`);
  }
  const after = await listed(world, home);
  for (const name of made) {
    if (!after.has(name)) flaws.push(`${name} is lost`);
    // One user may belong to so many groups only; a group that nobody is left in is gone.
    else await world.must({ home, args: ['leave', name] });
  }
  check(flaws.length === 0, [`the tracker with ${room} bytes free`, ...flaws].join('; '));
  return refused !== undefined;
}

async function listed(world: ProgramWorld, home: string): Promise<ReadonlySet<string>> {
  return new Set((await world.must({ home, args: ['groups'] })).stdout.split('\n'));
}
