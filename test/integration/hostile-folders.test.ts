/**
 * Folders that are downloaded beside somebody who may write there too, and plants links: nothing is
 * ever made, changed or removed outside the destination.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const tree: Tree = {
  'inner/deep/song.bin': sampleBytes(2 * MiB, 'song'),
  'inner/note': sampleBytes(5 * KiB, 'note'),
  'ssh/authorized_keys': sampleBytes(KiB, 'keys'),
  'void/of/all/': new Uint8Array(),
  'whole.bin': sampleBytes(MiB, 'whole'),
};

/** Ann shares the tree; bob has something outside that is nobody's business. */
async function scene(t: Test, options: { up?: number } = {}) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', options);
  await makeTree(ann.path('album'), tree);
  await ann.upload(ann.path('album'));
  const bob = await swarm.client('bob');
  await makeTree(bob.path('outside'), { mine: sampleBytes(100, 'mine') });
  return { ann, bob };
}

async function isUntouched(t: Test, bob: SwarmClient): Promise<void> {
  const left = await readTree(bob.path('outside'));
  t.same(left, { mine: sampleBytes(100, 'mine') }, 'what is outside is as it was');
}

t.test(
  'a link at any folder of the tree is refused, also when it may be overwritten',
  async (t) => {
    const { bob } = await scene(t);
    for (const folder of ['inner', 'inner/deep', 'ssh', 'void', 'void/of', 'void/of/all']) {
      const link = join(bob.path('album'), folder);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(bob.path('outside'), link);
      for (const overwrite of [false, true]) {
        await t.rejects(bob.download('album', { overwrite }), {
          code: 'DESTINATION_EXISTS',
          message: new RegExp(`album/${folder} is no folder, and one belongs there`),
        });
        await isUntouched(t, bob);
      }
      await rm(link);
    }
  },
);

t.test('a link at a file is replaced when that is said, and what it leads to stays', async (t) => {
  const { ann, bob } = await scene(t);
  await mkdir(bob.path('album/inner'), { recursive: true });
  await symlink(bob.path('outside/mine'), bob.path('album/inner/note'));
  await t.rejects(bob.download('album'), { code: 'DESTINATION_EXISTS' });
  await bob.download('album', { overwrite: true });
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  await isUntouched(t, bob);
});

t.test('links that come while it downloads into a tree are not followed', async (t) => {
  const { bob } = await scene(t, { up: 2 * MiB });
  await makeTree(bob.path('album'), { other: sampleBytes(10) });
  const id = await bob.start('album');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  await symlink(bob.path('outside'), bob.path('album/inner'));
  await symlink(bob.path('outside'), bob.path('album/void'));
  await t.rejects(bob.finish(id), { code: 'DESTINATION_EXISTS', message: /is no folder/ });
  await isUntouched(t, bob);
});

t.test(
  'a link in place of the folder in which it grows leads nothing astray',
  { skip: process.platform !== 'linux' && 'no path begins at a descriptor' },
  async (t) => {
    const { ann, bob } = await scene(t, { up: 2 * MiB });
    const id = await bob.start('album');
    await bob.whenProgress(id, ({ verified }) => verified > 0);
    const part = bob.path(await partOf(bob));
    await rename(part, bob.path('moved'));
    await mkdir(bob.path('outside/tree'));
    await symlink(bob.path('outside'), part);
    await bob.finish(id).catch((error: Error) => t.comment(error.message));
    t.same(await readdir(bob.path('outside/tree')), []);
    t.same((await readdir(bob.path('outside'))).sort(), ['mine', 'tree']);
    const names = await readdir(bob.folder);
    if (names.includes('album')) {
      t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
    }
  },
);

t.test('another folder of the user in place of that one is not emptied', async (t) => {
  const { bob } = await scene(t, { up: 2 * MiB });
  const id = await bob.start('album');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  const part = bob.path(await partOf(bob));
  await rename(part, bob.path('moved'));
  await chmod(bob.path('outside'), 0o700);
  await rename(bob.path('outside'), part);
  await bob.finish(id).catch((error: Error) => t.comment(error.message));
  t.same(await readTree(part), { mine: sampleBytes(100, 'mine') });
});

t.test('nor is it used by the next run, or removed with the download', async (t) => {
  const { bob } = await scene(t, { up: 2 * MiB });
  const id = await bob.start('album');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  await bob.engine.cancelDownload(id);
  const part = bob.path(await partOf(bob));
  await rename(part, bob.path('moved'));
  await chmod(bob.path('outside'), 0o700);
  await rename(bob.path('outside'), part);
  await bob.download('album');
  t.same(await readTree(part), { mine: sampleBytes(100, 'mine') });
});

t.test('names that are odd, and allowed, stay in the folder', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const odd: Tree = Object.fromEntries(
    [
      '-rf',
      '~',
      '$HOME',
      '`id`',
      '..a',
      '...',
      '.git/config',
      'CON',
      'nul.txt',
      'a:b',
      '%2e%2e',
      'x'.repeat(255),
      '\u200d',
      'é',
      '*',
      '?',
      "'",
      '"',
      'pack',
      'tree',
      'a;b&c|d',
      '#',
      '\u{1f600}',
    ].map((name, index) => [name, sampleBytes(10 + index, name)]),
  );
  await makeTree(ann.path('album'), odd);
  await ann.upload(ann.path('album'));
  const bob = await swarm.client('bob');
  await bob.download('album');
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});

t.test('things that are no files where files belong stay, whatever is said', async (t) => {
  const { bob } = await scene(t);
  await mkdir(bob.path('album/inner/note/mine'), { recursive: true });
  await writeFile(bob.path('album/inner/note/mine/it'), 'it');
  await t.rejects(bob.download('album', { overwrite: true }), { code: 'DESTINATION_EXISTS' });
  t.equal(await readFile(bob.path('album/inner/note/mine/it'), 'utf8'), 'it');
});

async function partOf(bob: SwarmClient): Promise<string> {
  const names = await readdir(bob.folder);
  return names.find((name) => name.endsWith('.part'))!;
}
