/**
 * A disk that is full, or that fills up in the middle, where a download goes, where the home lies,
 * and under the tracker's data. Checked: one clear line and the status of storage, what is listed is
 * true, the tracker goes on, and with room again the same command does what it should. Each place is
 * filled a hundred times, in the short form as often as fits its time. The disks are file systems in
 * memory of 4 to 64 MiB, so it needs root on Linux.
 */
import { execFile } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KiB, MiB } from '../../src/net/limits.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const exec = promisify(execFile);
const FILE = 'film';
const SIZE = 3 * MiB + 100 * KiB;
const FILLER = 'filler';

const POINTS = 100;
const SHORT_MS = 100_000;

/** What a client fills, and how it is looked at. */
interface Scene {
  readonly world: ProgramWorld;
  readonly content: Buffer;
  readonly disks: Readonly<Record<'downloads' | 'ben', string>>;
  readonly random: () => number;
  /** Downloads that the list has told to be complete. */
  completed: number;
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
  const content = sampleBytes(SIZE);
  const scene: Scene = { world, content, disks, random, completed: 0 };
  const mounted = [...Object.values(disks), disk];
  try {
    for (const path of mounted) await mountAt(path, 64);
    await world.startTracker();
    await world.pair(FILE, content);
    await world.serve('ann', '--up', '4MiB');
    await other.startTracker(disk);
    await other.user('ann');
    await other.serve('ann');
    const deadlineMs = performance.now() + (isShort ? SHORT_MS : Infinity);
    const hasTime = (): boolean => performance.now() < deadlineMs;
    let [clientPoints, trackerPoints] = [0, 0];
    const fillClient = async (): Promise<void> => {
      for (; clientPoints < POINTS && hasTime(); clientPoints++) {
        await fillBefore(scene, check);
        await fillMeanwhile(scene, check);
        await fillHome(scene, check);
      }
    };
    const fillOther = async (): Promise<void> => {
      for (; trackerPoints < POINTS && hasTime(); trackerPoints++) {
        await fillTracker({ world: other, disk, random }, trackerPoints, check);
      }
    };
    await Promise.all([fillClient(), fillOther()]);
    say(`${clientPoints} times in each place of a client, ${trackerPoints} times in a tracker`);
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

function download({ world, disks }: Scene) {
  const args = ['download', GROUP, FILE, disks.downloads, '--timeout', '10s', '--quiet'];
  return { home: world.path('ben'), args };
}

/** The disk of the downloads has too little room from the beginning, or just enough. */
async function fillBefore(scene: Scene, check: Campaign['check']): Promise<void> {
  const room = Math.floor(scene.random() * 1.2 * SIZE);
  const size = sizeOf(scene);
  await leave(scene.disks.downloads, size, room);
  const ended = await scene.world.run(download(scene));
  await judge(scene, `downloads, ${size} MiB with ${room} bytes free`, ended, check);
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
  await judge(scene, `downloads, ${size} MiB filled meanwhile`, await running, check);
}

/** The disk of the home is full, or as good as full. */
async function fillHome(scene: Scene, check: Campaign['check']): Promise<void> {
  const room = Math.floor(scene.random() * 128 * KiB);
  await leave(scene.disks.ben, 64, room);
  const ended = await scene.world.run(download(scene));
  await judge(scene, `the home with ${room} bytes free`, ended, check);
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
  if (ended.status === 0 && !(await hasFile(scene))) flaws.push('the file is not whole');
  await makeRoom(disks.downloads);
  await makeRoom(disks.ben);
  await exec('mount', ['-o', 'remount,size=64m', disks.downloads]);
  const listed = await world.must({ home: world.path('ben'), args: ['downloads', '--json'] });
  const rows = JSON.parse(listed.stdout) as { readonly state: string }[];
  const completed = rows.filter(({ state }) => state === 'complete').length;
  if (completed > scene.completed && !(await hasFile(scene))) {
    flaws.push('listed as complete, and is not there');
  }
  scene.completed++;
  if (!(await hasFile(scene))) {
    const again = await world.run(download(scene));
    if (again.status !== 0) flaws.push(`with room: ${again.stderr}`);
    if (!(await hasFile(scene))) flaws.push('with room the file is not whole');
  }
  const names = await readdir(disks.downloads);
  if (names.length !== 1) flaws.push(`beside it: ${names.join(', ')}`);
  await rm(join(disks.downloads, FILE), { force: true });
  for (const rest of names) await rm(join(disks.downloads, rest), { force: true });
  check(flaws.length === 0, [`${name}: status ${ended.status}`, ...flaws].join('; '));
}

function flawsOf({ status, stderr }: Ended): string[] {
  const errors = stderr.match(/^error: .*$/gm) ?? [];
  if (status === 0) return errors.length === 0 ? [] : ['an error and status 0'];
  const flaws = status === 7 ? [] : [`status ${status}: ${stderr}`];
  if (errors.length !== 1) flaws.push(`${errors.length} error lines: ${stderr}`);
  if (!/full|lacks/.test(errors.join())) flaws.push(`not clear: ${stderr}`);
  return flaws;
}

async function hasFile({ disks, content }: Scene): Promise<boolean> {
  const found = await readFile(join(disks.downloads, FILE)).catch(() => undefined);
  return found?.equals(content) ?? false;
}

/** The tracker's disk is full: what it refuses is not done, and what it has done stays. */
async function fillTracker(
  { world, disk, random }: TrackerScene,
  point: number,
  check: Campaign['check'],
): Promise<void> {
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
  if (refused === undefined) flaws.push('it never was full');
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
}

async function listed(world: ProgramWorld, home: string): Promise<ReadonlySet<string>> {
  return new Set((await world.must({ home, args: ['groups'] })).stdout.split('\n'));
}
