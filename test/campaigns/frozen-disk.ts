/**
 * A disk that takes nothing for a while under a download, frozen as for a snapshot: what waits for it says so, how long,
 * and blames no peer; when the disk is back, the download goes on by itself and is right. The disk is a file system in a file,
 * so it needs root on Linux.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DISK_WAIT_TOLD_MS, KiB, MiB } from '../../src/net/limits.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { GROUP, ProgramWorld } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const exec = promisify(execFile);
const FILE = 'film';
const film = sampleBytes(8 * MiB + 99);
const SMALL = Array.from({ length: 24 }, (_, index) => `small ${index}`);
const TIMES = { short: 1, long: 20 };
/** Longer than a peer may be silent. */
const FROZEN_MS = 25_000;
/** A command that takes longer hangs. */
const PATIENCE_MS = 90_000;
/** What many files wait for is said a little later than what one does. */
const TOLD_OF_ALL_MS = 3_000;
const LOOK_MS = 300;

interface Found {
  readonly downloads: readonly {
    readonly state: string;
    readonly verified: number;
    readonly diskWaitMs?: number;
  }[];
}

async function freezeOnce(world: ProgramWorld, disk: string, { check }: Campaign): Promise<void> {
  const [ann, ben] = [await world.serve('ann', '--up', '1MiB/s'), await world.serve('ben')];
  const home = world.path('ben');
  const look = async (): Promise<Found['downloads'][number] | undefined> => {
    const { stdout } = await world.must({ home, args: ['downloads', '--json'] });
    return (JSON.parse(stdout) as Found).downloads[0];
  };
  const until = async (what: string, is: () => Promise<boolean>): Promise<void> => {
    for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs;) {
      if (await is()) return check(true, what);
      await sleep(LOOK_MS);
    }
    check(false, what);
  };
  const args = ['download', GROUP, FILE, disk, '--overwrite', '--timeout', '10'];
  const running = world.run({ home, args, limitMs: 3 * PATIENCE_MS });
  await until('it comes', async () => ((await look())?.verified ?? 0) > 256 * KiB);
  await exec('fsfreeze', ['--freeze', disk]);
  try {
    await until('the disk is waited for', async () => {
      return ((await look())?.diskWaitMs ?? 0) >= DISK_WAIT_TOLD_MS;
    });
    await sleep(FROZEN_MS);
    const { diskWaitMs = 0, state } = (await look()) ?? {};
    check(diskWaitMs >= FROZEN_MS && state === 'downloading', 'for as long as it lasts');
    const { stdout } = await world.must({ home, args: ['why', GROUP, FILE] });
    check(
      /the disk .* has taken nothing for (2\d|[3-9]\d) s/.test(stdout),
      `why: ${stdout.trim()}`,
    );
  } finally {
    await exec('fsfreeze', ['--unfreeze', disk]);
  }
  const { status, stderr } = await running;
  check(status === 0, `it goes on by itself: ${stderr.slice(-300)}`);
  check(/^film: waiting for the disk/m.test(stderr), 'whoever waits for it reads that');
  check((await readFile(`${disk}/${FILE}`)).equals(film), 'and is right');
  await world.must({ home, args: ['forget', GROUP, FILE] });
  for (const one of [ann, ben]) await world.stop(one);
}

/** Nothing of them is there when the disk is frozen: a large one, and small ones that come together. */
async function freezeBefore(world: ProgramWorld, disk: string, { check }: Campaign): Promise<void> {
  const ann = await world.serve('ann');
  const home = world.path('ben');
  for (const [what, files] of [
    ['a part that cannot be made', [FILE]],
    ['small files that come together', SMALL],
  ] as const) {
    await rm(`${disk}/${files[0]}`, { force: true });
    await exec('fsfreeze', ['--freeze', disk]);
    let running: ReturnType<typeof world.run>;
    try {
      const args = ['download', GROUP, ...files, disk, '--overwrite', '--timeout', '10'];
      running = world.run({ home, args, limitMs: 3 * PATIENCE_MS });
      let isTold = false;
      for (
        const untilMs = performance.now() + PATIENCE_MS;
        performance.now() < untilMs && !isTold;
      ) {
        const { stdout } = await world.must({ home, args: ['downloads', '--json'] });
        const { downloads } = JSON.parse(stdout) as Found;
        isTold = downloads.some(({ diskWaitMs = 0 }) => diskWaitMs >= DISK_WAIT_TOLD_MS);
        if (!isTold) await sleep(LOOK_MS);
      }
      check(isTold, `${what}: the disk is waited for`);
      await sleep(TOLD_OF_ALL_MS);
    } finally {
      await exec('fsfreeze', ['--unfreeze', disk]);
    }
    const { status, stderr } = await running;
    check(status === 0, `${what}: goes on by itself: ${stderr.slice(-300)}`);
    check(stderr.includes('waiting for the disk'), `${what}: whoever waits for it reads that`);
    await world.must({ home, args: ['forget', GROUP, ...files] });
  }
  await world.stop(ann);
}

await runCampaign('frozen-disk', async (campaign) => {
  const { folder, isShort, say } = campaign;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return say('# only root may mount');
  const world = new ProgramWorld(folder);
  const [image, disk] = [world.path('image'), world.path('disk')];
  try {
    await writeFile(image, '');
    await truncate(image, 64 * MiB);
    await exec('mkfs.ext4', ['-q', image]);
    await mkdir(disk);
    await exec('mount', ['-o', 'loop', image, disk]);
  } catch (error) {
    return say(`# nothing can be mounted here: ${(error as Error).message.trim()}`);
  }
  try {
    await world.startTracker();
    await world.pair(FILE, film);
    for (let time = 0; time < (isShort ? TIMES.short : TIMES.long); time++)
      await freezeOnce(world, disk, campaign);
    for (const name of SMALL) await writeFile(world.path(name), name);
    const paths = SMALL.map((name) => world.path(name));
    await world.must({ home: world.path('ann'), args: ['upload', ...paths, GROUP, '--quiet'] });
    await freezeBefore(world, disk, campaign);
  } finally {
    await world.close();
    await exec('umount', ['-l', disk]);
  }
});
