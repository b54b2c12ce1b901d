/** Folders that are damaged and repaired, and older versions of folders that stay beside the newer one. */
import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { damageFile } from '../fixtures/damage-file.js';
import { makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const PIECE = 256 * KiB;
const album: Tree = {
  'film.bin': sampleBytes(2 * MiB + 17, 'film'),
  'notes/a': sampleBytes(9 * KiB, 'a'),
  'notes/b': sampleBytes(7 * KiB, 'b'),
};

async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await makeTree(ann.path('album'), album);
  await ann.upload(ann.path('album'));
  return { ann, bob };
}

t.test('damaged pieces of a folder are fetched and put into their files', async (t) => {
  const { ann, bob } = await scene(t);
  await bob.download('album');
  await chmod(bob.path('album/film.bin'), 0o600);
  await damageFile(bob.path('album/film.bin'), MiB);
  await damageFile(bob.path('album/notes/b'), 5);
  const untouched = await stat(bob.path('album/notes/a'));
  const { flawed } = await bob.engine.verify({ isRepairing: true }, () => undefined);
  const fetched = PIECE + 16 * KiB;
  t.match(flawed, [{ state: 'damaged', badPieces: 2, repair: { state: 'repaired', fetched } }]);
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  t.equal((await stat(bob.path('album/film.bin'))).mode & 0o777, 0o600, 'its mode stays');
  t.equal(
    (await stat(bob.path('album/notes/a'))).ino,
    untouched.ino,
    'what is right is left alone',
  );
  t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
  t.match(await bob.engine.shares(undefined), [{ state: 'served' }]);
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});

t.test('of a choice of files only what is chosen is repaired', async (t) => {
  const { bob } = await scene(t);
  await bob.download('album', { only: ['film.bin'] });
  await damageFile(bob.path('album/film.bin'), 0);
  const { flawed } = await bob.engine.verify({ isRepairing: true }, () => undefined);
  t.match(flawed, [{ repair: { state: 'repaired', fetched: PIECE } }]);
  t.same(await readdir(bob.path('album')), ['film.bin']);
  t.match(await bob.engine.shares(undefined), [{ state: 'served', partFiles: 1 }]);
});

t.test(
  'what somebody changed in a folder stays beside what it was, and what is missing comes back',
  async (t) => {
    const { ann, bob } = await scene(t);
    await bob.download('album');
    await writeFile(bob.path('album/notes/a'), 'mine');
    await rm(bob.path('album/notes/b'));
    await writeFile(bob.path('album/notes/c'), 'of nobody else');
    const { ino } = await stat(bob.path('album/film.bin'));
    const { flawed } = await bob.engine.verify({ isRepairing: true }, () => undefined);
    const olderPath = bob.path('album~1');
    t.match(flawed, [{ state: 'changed', repair: { state: 'repaired' }, olderPath }]);
    t.same(await readTree(bob.path('album')), {
      ...(await readTree(ann.path('album'))),
      'notes/c': Buffer.from('of nobody else'),
    });
    t.equal((await stat(bob.path('album/film.bin'))).ino, ino, 'what is right is left alone');
    t.match(await bob.engine.shares(undefined), [{ state: 'served' }]);
    await rm(bob.path('album'), { recursive: true });
    const again = await bob.engine.verify({ isRepairing: true }, () => undefined);
    t.match(again.flawed, [{ state: 'missing', repair: { state: 'repaired' } }]);
    t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  },
);

t.test('a folder that changes while it is repaired stays as it is then', async (t) => {
  const { bob } = await scene(t);
  await bob.download('album');
  await damageFile(bob.path('album/film.bin'), 0);
  let isEdited: Promise<void> | undefined;
  const { flawed } = await bob.engine.verify({ isRepairing: true }, ({ phase }) => {
    if (phase === 'repairing') isEdited ??= writeFile(bob.path('album/notes/a'), 'mine');
  });
  await isEdited;
  t.match(flawed, [{ repair: { state: 'failed' } }]);
  t.equal(String((await readTree(bob.path('album')))['notes/a']), 'mine');
});

t.test(
  'an older version of a folder stays beside the newer one when that is asked for',
  async (t) => {
    const { ann, bob } = await scene(t);
    await bob.download('album');
    await writeFile(bob.path('album/mine'), 'of bob');
    await writeFile(ann.path('album/notes/a'), sampleBytes(10 * KiB, 'other'));
    await ann.upload(ann.path('album'), { replace: true });
    const place = { groupId: GROUP, fileName: 'album', path: bob.path('album') };
    t.match(await bob.engine.fileAt(place), { state: 'older' });
    const { olderPath, fetched } = await bob.download('album', { keepsOlder: true });
    t.equal(olderPath, bob.path('album~1'));
    t.equal(fetched, 17 * KiB, 'the pack; the film is copied');
    t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
    const older = await readTree(bob.path('album~1'));
    t.equal(String(older['mine']), 'of bob');
    t.same(older['notes/a'], Buffer.from(album['notes/a']!));
    t.match(await bob.engine.fileAt(place), { state: 'same' });
    t.same((await readdir(bob.folder)).sort(), ['album', 'album~1', 'home']);
  },
);
