/**
 * Downloads of what is on the disk already under another name, on file systems on which two files can
 * share their bytes: btrfs and xfs in images of their own, which takes root. What comes is right, takes
 * nearly no room, and stays as it is when the other file is changed; a file that is not what it was is
 * fetched. On the file system of the temporary folder, whatever it can, the same bytes come.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { MiB } from '../../src/net/limits.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { makeTree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';

const exec = promisify(execFile);
const IMAGE_BYTES = 1_024 * MiB;
/** What notes of the file system may take besides. */
const ROOM_BYTES = 16 * MiB;
const disks = [
  { type: 'btrfs', tool: 'mkfs.btrfs', debianPackage: 'btrfs-progs' },
  { type: 'xfs', tool: 'mkfs.xfs', debianPackage: 'xfsprogs' },
] as const;

void runCampaign('shared-blocks', async (campaign) => {
  const { folder, say, isShort } = campaign;
  const filmBytes = (isShort ? 64 : 96) * MiB;
  const plain = join(folder, 'plain');
  await mkdir(plain);
  await play(campaign, 'the temporary folder', plain, filmBytes, false);
  for (const { type, tool, debianPackage } of disks) {
    const path = join(folder, type);
    const obstacle = (await haveTool(tool, debianPackage)) ?? (await mountImage(type, tool, path));
    if (obstacle !== undefined) {
      say(`# ${type} is left out: ${obstacle}`);
      continue;
    }
    try {
      await play(campaign, type, path, filmBytes, true);
    } finally {
      await exec('umount', ['-l', path]);
    }
  }
});

/** Answers why it cannot be. */
async function mountImage(type: string, tool: string, path: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may mount';
  const image = `${path}.image`;
  await mkdir(path);
  await writeFile(image, '');
  await truncate(image, IMAGE_BYTES);
  try {
    await exec(tool, ['-q', image]);
    await exec('mount', ['-o', 'loop', '-t', type, image, path]);
    return undefined;
  } catch (error) {
    return `it cannot be mounted here: ${(error as Error).message.trim()}`;
  }
}

async function play(
  { check, say }: Campaign,
  where: string,
  folder: string,
  filmBytes: number,
  areShared: boolean,
): Promise<void> {
  const swarm = await TestSwarm.start(folder);
  try {
    const ann = await swarm.client('ann');
    const bob = await swarm.client('bob');
    const film = sampleBytes(filmBytes, 'film');
    await makeTree(ann.path('album'), { 'inner/film.bin': film, note: sampleBytes(9) });
    await ann.upload(ann.path('album'));
    await bob.share('mine.bin', film);

    const first = await timed(bob, folder, 'album');
    check(first.bytes.equals(film), `${where}: the film is right`);
    check(first.fetched < MiB && first.reused >= filmBytes, `${where}: it is not fetched`);
    say(`# ${where}: ${filmBytes / MiB} MiB took ${first.took / MiB} MiB more, ${first.ms} ms`);
    if (areShared) check(first.took < ROOM_BYTES, `${where}: it takes no room of its own`);

    await writeFile(bob.path('mine.bin'), sampleBytes(filmBytes, 'other'));
    const kept = await readFile(bob.path('album/inner/film.bin'));
    check(kept.equals(film), `${where}: it stays when the other file is changed`);

    // Of as many bytes, and not what it was: nothing of it is believed.
    const cy = await swarm.client('cy');
    await cy.share('mine.bin', film, { as: 'mine too' });
    await writeFile(cy.path('mine.bin'), sampleBytes(filmBytes, 'other'));
    const second = await cy.download('album');
    check(second.fetched >= filmBytes, `${where}: what is not what it was is fetched`);
    const right = await readFile(cy.path('album/inner/film.bin'));
    check(right.equals(film), `${where}: and is right`);
  } finally {
    await swarm.close();
  }
}

async function timed(client: SwarmClient, folder: string, name: string) {
  const before = await usedBytes(folder);
  const { fetched, reused, elapsedMs } = await client.download(name);
  const took = Math.round((await usedBytes(folder)) - before);
  const bytes = await readFile(client.path(`${name}/inner/film.bin`));
  return { fetched, reused, took, bytes, ms: Math.round(elapsedMs) };
}

async function usedBytes(folder: string): Promise<number> {
  await exec('sync', ['-f', folder]);
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}
