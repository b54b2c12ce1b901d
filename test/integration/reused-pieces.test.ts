/** Pieces that are on the disk already are copied, and only the others fetched; nothing is trusted unhashed. */
import { readdir, writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { makeTree, readTree, type Tree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const PIECE = 256 * KiB;
const film = sampleBytes(4 * MiB + 17, 'film');
const album: Tree = {
  'film.bin': film,
  'song.bin': sampleBytes(MiB, 'song'),
  'notes/a': sampleBytes(9 * KiB, 'a'),
  'notes/b': sampleBytes(7 * KiB, 'b'),
};

/** The same bytes, but for those at a place. */
function changedAt(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at]! ^= 1;
  return changed;
}

async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  await makeTree(ann.path('album'), album);
  await ann.upload(ann.path('album'));
  return { ann, bob };
}

t.test('of a newer version over the old one only what changed is fetched', async (t) => {
  const { ann, bob } = await scene(t);
  await bob.download('album');
  // One piece changed in place, one file longer than it was, so that it is not compared where it lies.
  await writeFile(ann.path('album/film.bin'), changedAt(film, 2 * MiB));
  const longer = Buffer.concat([album['song.bin']!, sampleBytes(100, 'end')]);
  await writeFile(ann.path('album/song.bin'), longer);
  await ann.upload(ann.path('album'), { replace: true });
  await t.rejects(bob.download('album'), { code: 'DESTINATION_EXISTS' });
  t.same((await readTree(bob.path('album')))['film.bin'], Buffer.from(film), 'stays until then');
  const { fetched, reused, size } = await bob.download('album', { overwrite: true });
  t.equal(fetched, PIECE + 100, 'one piece of the film, and the end of the song');
  t.equal(reused, film.length - PIECE + MiB, `of ${size}`);
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
  t.match(await bob.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
  t.same((await readdir(bob.folder)).sort(), ['album', 'home']);
});

t.test('a tree that nobody knows gives what is right in its large files', async (t) => {
  const { ann, bob } = await scene(t);
  await makeTree(bob.path('album'), { ...album, 'film.bin': changedAt(film, 5) });
  const { fetched, reused } = await bob.download('album', { overwrite: true });
  t.equal(fetched, PIECE);
  t.equal(reused, film.length - PIECE);
  t.same(await readTree(bob.path('album')), await readTree(ann.path('album')));
});

t.test('files and other folders give theirs too, but for what is not what they say', async (t) => {
  const { ann, bob } = await scene(t);
  await bob.share('copy-of-film', film);
  const first = await bob.download('album', { only: ['film.bin'] });
  t.match(first, { fetched: 0, reused: film.length }, 'from a file into a folder');
  await makeTree(ann.path('box'), {
    'inner/film.bin': changedAt(film, 4 * MiB),
    more: sampleBytes(MiB, 'more'),
  });
  await ann.upload(ann.path('box'));
  // The bytes of a donor are not what its description says.
  await writeFile(bob.path('copy-of-film'), changedAt(film, MiB));
  await writeFile(bob.path('album/film.bin'), changedAt(film, MiB));
  const { fetched, reused } = await bob.download('box');
  t.equal(fetched, 17 + PIECE + MiB, 'the end of the film, the wrong piece and the rest');
  t.equal(reused, film.length - 17 - PIECE);
  t.same(await readTree(bob.path('box')), await readTree(ann.path('box')));
});

t.test('of a folder of which one percent has changed, little more than that is sent', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  const large = Array.from({ length: 4 }, (_, n) => sampleBytes(13 * MiB, `large ${n}`));
  const small = Array.from({ length: 60 }, (_, n) => sampleBytes(8 * KiB, `small ${n}`));
  const tree: Record<string, Uint8Array> = {};
  for (const [n, bytes] of large.entries()) tree[`large-${n}`] = bytes;
  for (const [n, bytes] of small.entries()) tree[`small/${n}`] = bytes;
  await makeTree(ann.path('box'), tree);
  await ann.upload(ann.path('box'));
  await bob.download('box');
  // A byte in the middle of a piece of two files, of some 210 pieces.
  for (const n of [1, 2]) {
    await writeFile(ann.path(`box/large-${n}`), changedAt(large[n]!, (20 * n + 0.5) * PIECE));
  }
  await ann.upload(ann.path('box'), { replace: true });
  const { sentBytes: before } = await ann.engine.status();
  const { fetched, size } = await bob.download('box', { overwrite: true });
  const { sentBytes } = await ann.engine.status();
  t.ok(fetched < 0.011 * size);
  t.ok(sentBytes - before <= 1.1 * 2 * PIECE, `${sentBytes - before} bytes were sent`);
  t.same(await readTree(bob.path('box')), await readTree(ann.path('box')));
});
