/** Folders that are downloaded as one item: their whole way, and going on after a kill. */
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { factsOf, makeOldProgram, makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { countHashed } from '../fixtures/hash-count.js';
import { liveUntil } from '../fixtures/killed-download.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const PIECE = 256 * KiB;

const small = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => {
    return [`notes/${index % 7}/${index}`, sampleBytes(1_000 + 997 * index, `small ${index}`)];
  }),
);
/** Two pieces of small files, two large files, and what has no bytes. */
const album: Tree = {
  ...small,
  'film.bin': sampleBytes(3 * MiB + 17, 'film'),
  'inner/deep/song.bin': sampleBytes(MiB, 'song'),
  'inner/none': new Uint8Array(),
  'inner/void/': new Uint8Array(),
};

/** Ann shares the album; bob is a member. */
async function scene(t: Test, options: { up?: number } = {}) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', options);
  await makeTree(ann.path('album'), album);
  await makeOldProgram(ann.path('album/notes/1/1'), 1_000_000_000);
  await makeOldProgram(ann.path('album/film.bin'), 1_100_000_000);
  await ann.upload(ann.path('album'));
  const bob = await swarm.client('bob');
  const hashed = { pieces: 0 };
  t.teardown(countHashed((pieces) => (hashed.pieces += pieces)));
  return { swarm, ann, bob, hashed };
}

t.test('a folder comes whole, with its times and rights, and is served on', async (t) => {
  const { swarm, ann, bob } = await scene(t);
  const cy = await swarm.client('cy');
  const { size, fetched, path } = await bob.download('album');
  t.equal(path, bob.path('album'));
  t.equal(fetched, size);
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  for (const file of ['notes/1/1', 'film.bin', 'notes/0/0']) {
    const facts = await factsOf(ann.path(`album/${file}`));
    t.same(await factsOf(bob.path(`album/${file}`)), facts, file);
  }
  t.same((await readdir(bob.folder)).sort(), ['album', 'home'], 'nothing else is left');
  t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
  t.equal(await bob.sources('album'), 2);
  await ann.close();
  await cy.download('album');
  t.same(await readTree(cy.path('album')), await readTree(bob.path('album')), 'from bob alone');
  const times = await factsOf(bob.path('album/film.bin'));
  await writeFile(bob.path('album/film.bin'), 'other');
  t.not(times.mtimeMs, (await factsOf(bob.path('album/film.bin'))).mtimeMs);
  const { flawed } = await bob.engine.verify({ isRepairing: false }, () => undefined);
  t.match(flawed, [{ fileName: 'album', state: 'changed' }]);
});

t.test(
  'after a kill in the middle what was kept is neither fetched nor hashed again',
  async (t) => {
    const { swarm, ann, bob, hashed } = await scene(t, { up: 2 * MiB });
    await bob.close();
    const victim = { name: 'bob', folder: bob.folder, port: swarm.address.port, file: 'album' };
    const life = await liveUntil(victim, (line, kill) => {
      if (line.startsWith('kept')) kill();
    });
    t.notOk(life.isComplete);
    t.ok(life.kept > 0);
    const names = await readdir(bob.folder);
    t.notOk(names.includes('album'), 'no half folder has its name');
    hashed.pieces = 0;
    const again = await swarm.openClient('bob');
    await again.serve();
    await again.logIn();
    const [progress] = await again.engine.downloads();
    t.ok(progress!.kept >= life.kept);
    const { size, fetched } = await again.finish(progress!.id);
    t.ok(fetched <= size - progress!.kept, `${fetched} of ${size} after ${progress!.kept}`);
    t.same(await readTree(again.path('album')), await readTree(ann.path('album')));
    t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
    // All of it may have been verified since the last note, and nothing else.
    t.ok(hashed.pieces * PIECE <= size - progress!.kept + PIECE, `${hashed.pieces} pieces`);
  },
);

t.test(
  'a tree that is there is completed: what is right is used, and only the rest fetched',
  async (t) => {
    const { ann, bob } = await scene(t);
    await bob.download('album');
    await rm(bob.path('album/film.bin'));
    await rm(bob.path('album/inner/void'), { recursive: true });
    await writeFile(bob.path('album/mine'), 'of bob');
    const { size, fetched } = await bob.download('album');
    t.equal(fetched, album['film.bin']!.length, `${fetched} of ${size}`);
    const { mine, ...rest } = await readTree(bob.path('album'));
    t.same(rest, await readTree(ann.path('album')));
    t.equal(String(mine), 'of bob');
    await rm(bob.path('album/notes/0/0'));
    const again = await bob.download('album');
    t.ok(again.fetched > 0 && again.fetched <= PIECE, 'the piece in which it lies');
    t.same((await readTree(bob.path('album')))['notes/0/0'], Buffer.from(album['notes/0/0']!));
    t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
    t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
  },
);

t.test('what is there as a whole is not fetched, whoever put it there', async (t) => {
  const { ann, bob } = await scene(t);
  await makeTree(bob.path('album'), album);
  const place = { groupId: GROUP, fileName: 'album', path: bob.path('album') };
  t.match(await bob.engine.fileAt(place), { state: 'same' });
  await ann.close();
  t.match(await bob.download('album'), { fetched: 0 });
  t.equal(await bob.sources('album'), 1, 'and shared');
  t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
});

t.test(
  'what differs is refused before anything is fetched, and overwritten when that is said',
  async (t) => {
    const { ann, bob } = await scene(t);
    await makeTree(bob.path('album'), { ...album, 'film.bin': sampleBytes(3 * MiB + 17, 'other') });
    const film = bob.path('album/film.bin');
    await t.rejects(bob.download('album'), {
      code: 'DESTINATION_EXISTS',
      message: `${film} exists already; choose another destination, or say --overwrite`,
    });
    await writeFile(bob.path('album/notes/0/7'), sampleBytes(album['notes/0/7']!.length, 'other'));
    await writeFile(film, album['film.bin']!);
    await t.rejects(bob.download('album'), {
      code: 'DESTINATION_EXISTS',
      message: /of the small files beside it, differs/,
    });
    const [first] = await bob.engine.downloads();
    t.match(first, { state: 'failed', fetched: 0 });
    const place = { groupId: GROUP, fileName: 'album', path: bob.path('album') };
    t.match(await bob.engine.fileAt(place), { state: 'other' });
    t.same((await readdir(bob.folder)).sort(), ['album', 'home'], 'nothing is made');
    const { fetched } = await bob.download('album', { overwrite: true });
    t.ok(fetched <= 2 * PIECE, `${fetched} fetched`);
    t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  },
);

t.test('a link where a folder belongs is not followed', async (t) => {
  const { bob } = await scene(t);
  await makeTree(bob.path('elsewhere'), {});
  await makeTree(bob.path('album'), {});
  await symlink(bob.path('elsewhere'), bob.path('album/notes'));
  const refused = { code: 'DESTINATION_EXISTS', message: /album\/notes is no folder/ };
  await t.rejects(bob.download('album', { overwrite: true }), refused);
  t.same(await readdir(bob.path('elsewhere')), []);
});

t.test('killed between the name and the row: the next run says that it is complete', async (t) => {
  const { swarm, ann, bob } = await scene(t, { up: 2 * MiB });
  const { id, part } = await downloadSome(bob);
  // What such a kill leaves: the row, the pack, and the whole folder under its name.
  await rm(bob.path(`${part}/tree`), { recursive: true, force: true });
  await makeTree(bob.path('album'), album);
  const again = await swarm.openClient('bob');
  await again.serve();
  await again.logIn();
  t.match(await again.finish(id), { fetched: 0, path: again.path('album') });
  t.match(await again.engine.downloads(), [{ id, state: 'complete' }]);
  t.equal(await again.sources('album'), 2, 'and shared');
  t.same(await readTree(again.path('album')), await readTree(ann.path('album')));
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});

t.test('killed while files are placed into a tree, the next run ends it', async (t) => {
  const { swarm, ann, bob } = await scene(t, { up: 2 * MiB });
  await makeTree(bob.path('album'), { mine: sampleBytes(10, 'mine') });
  const { id, part } = await downloadSome(bob);
  await rm(bob.path(`${part}/tree/film.bin`), { force: true });
  await makeTree(bob.path('album'), { 'film.bin': album['film.bin']! });
  const again = await swarm.openClient('bob');
  await again.serve();
  await again.logIn();
  const { size, fetched } = await again.finish(id);
  t.ok(fetched <= size - album['film.bin']!.length);
  const { mine, ...rest } = await readTree(again.path('album'));
  t.equal(mine?.length, 10);
  t.same(rest, await readTree(ann.path('album')));
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});

/** Downloads until something is kept, and ends the client cleanly. */
async function downloadSome(bob: SwarmClient): Promise<{ id: string; part: string }> {
  const id = await bob.start('album');
  await bob.whenProgress(id, ({ verified }) => verified >= MiB);
  await bob.close();
  const part = (await readdir(bob.folder)).find((name) => name.endsWith('.part'));
  return { id, part: part ?? '' };
}
