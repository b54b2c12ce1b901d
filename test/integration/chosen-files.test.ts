/** Some files of a folder: fetched, kept, served, checked, and completed later. */
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const PIECE = 256 * KiB;
const small = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => {
    return [`docs/${index}.txt`, sampleBytes(60 * KiB + index, `small ${index}`)];
  }),
);
const album: Tree = {
  ...small,
  'film.bin': sampleBytes(3 * MiB + 17, 'film'),
  'inner/song.bin': sampleBytes(MiB, 'song'),
  'void/': new Uint8Array(),
};

async function scene(t: Test, options: { up?: number } = {}) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', options);
  await makeTree(ann.path('album'), album);
  await ann.upload(ann.path('album'));
  const bob = await swarm.client('bob');
  return { swarm, ann, bob };
}

const some = (...names: string[]): Tree =>
  Object.fromEntries(names.map((name) => [name, album[name]!]));

async function has(t: Test, client: SwarmClient, tree: Tree, about: string): Promise<void> {
  const found = Object.entries(await readTree(client.path('album')));
  const expected = Object.entries(tree).map(([path, bytes]) => [path, Buffer.from(bytes)]);
  t.same(Object.fromEntries(found), Object.fromEntries(expected), about);
}

t.test('only what is chosen is fetched, made, checked and served on', async (t) => {
  const { swarm, ann, bob } = await scene(t);
  const { size, fetched } = await bob.download('album', { only: ['*.bin', '!film.*'] });
  t.equal(fetched, MiB);
  t.equal(size, MiB);
  await has(t, bob, some('inner/song.bin'), 'nothing else is there');
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
  t.match(await bob.engine.shares(undefined), [{ state: 'served', size: MiB, partFiles: 1 }]);
  const verified = await bob.engine.verify({ isRepairing: false }, () => undefined);
  t.match(verified, { files: 1, bytes: MiB, flawed: [] });
  const place = { groupId: GROUP, fileName: 'album', path: bob.path('album') };
  t.match(await bob.engine.fileAt({ ...place, only: ['song.bin'] }), { state: 'same', size: MiB });
  t.match(await bob.engine.fileAt({ ...place, only: ['*.bin'] }), { state: 'other' });
  t.match(await bob.engine.fileAt(place), { state: 'other' });
  const cy = await swarm.client('cy');
  // After a restart bob is the only one who is there, and serves what he has.
  await bob.close();
  const again = await swarm.openClient('bob');
  await again.serve();
  t.match(await again.logIn(), { restored: 1, skipped: [] });
  await cy.listed('album', { sources: 1, partly: 1 });
  t.pass('who has some of it is counted apart');
  await ann.close();
  t.match(await cy.download('album', { only: ['song.bin'] }), { fetched: MiB });
  await has(t, cy, some('inner/song.bin'), 'from bob alone');
  await appendFile(again.path('album/inner/song.bin'), 'more');
  const { flawed } = await again.engine.verify({ isRepairing: false }, () => undefined);
  t.match(flawed, [{ fileName: 'album', state: 'changed' }]);
  await again.engine.stopShare(GROUP, 'album');
  t.same(await again.engine.shares(undefined), []);
  await cy.listed('album', { sources: 0, partly: 1 });
  t.pass('nobody but cy is left');
});

t.test('another choice, and then all of it, fetches what is not there', async (t) => {
  const { ann, bob } = await scene(t);
  await bob.download('album', { only: ['song.bin'] });
  const second = await bob.download('album', { only: ['/docs/0.txt', 'void'] });
  t.equal(second.fetched, PIECE, 'the piece in which it lies');
  await has(t, bob, some('docs/0.txt', 'inner/song.bin', 'void/'), 'both');
  t.match(await bob.engine.shares(undefined), [{ state: 'served', partFiles: 3 }]);
  t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
  const third = await bob.download('album', { only: ['song.bin', 'docs/'] });
  t.ok(third.fetched < third.size - MiB + 1, `${third.fetched}: the song is not fetched again`);
  const last = await bob.download('album');
  t.equal(last.fetched, album['film.bin']!.length, 'and nothing of what is there');
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  const [share] = await bob.engine.shares(undefined);
  t.equal(share!.partFiles, undefined);
  t.equal(await bob.sources('album'), 2);
});

t.test(
  'a choice that differs from what is there is refused, and what is not chosen is not looked at',
  async (t) => {
    const { bob } = await scene(t);
    await makeTree(bob.path('album'), {
      'film.bin': sampleBytes(9, 'mine'),
      'docs/0.txt': Buffer.from('mine'),
    });
    await t.rejects(bob.download('album', { only: ['docs/'] }), { code: 'DESTINATION_EXISTS' });
    await bob.download('album', { only: ['song.bin'] });
    t.equal((await readTree(bob.path('album')))['film.bin']!.length, 9);
    await writeFile(bob.path('plain'), 'x');
    await bob.upload(bob.path('plain'));
    await t.rejects(bob.download('plain', { only: ['x'] }), { code: 'BAD_REQUEST' });
    await t.rejects(bob.download('album', { only: ['nothing'] }), { code: 'NO_SUCH_FILE' });
  },
);

t.test(
  'what was stopped goes on with its choice, or a wider one, and fetches nothing twice',
  async (t) => {
    const { swarm, bob } = await scene(t, { up: 700 * KiB });
    const id = await bob.start('album', { only: ['film.bin'] });
    const { kept, size } = await bob.whenProgress(id, (progress) => progress.kept > 0);
    t.equal(size, album['film.bin']!.length);
    await bob.close();
    const again = await swarm.openClient('bob');
    await again.serve();
    await again.logIn();
    const [progress] = await again.engine.downloads();
    t.match(progress, { id, size });
    t.ok(progress!.kept >= kept);
    await t.rejects(again.download('album'), { code: 'BUSY' });
    await again.engine.cancelDownload(id);
    const wider = await again.download('album', { only: ['film.bin', 'song.bin'] });
    t.equal(wider.size, size + MiB);
    t.ok(wider.fetched <= wider.size - progress!.kept, `${wider.fetched} after ${progress!.kept}`);
    await has(t, again, some('film.bin', 'inner/song.bin'), 'both');
    t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
  },
);

t.test('what an earlier run kept of what is not chosen now does not come into being', async (t) => {
  const { bob } = await scene(t, { up: 700 * KiB });
  const id = await bob.start('album', { only: ['film.bin'] });
  await bob.whenProgress(id, (progress) => progress.kept > 0);
  await bob.engine.cancelDownload(id);
  await bob.download('album', { only: ['song.bin'] });
  await has(t, bob, some('inner/song.bin'), 'no half film');
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});
