/** Downloads that go on: after a clean end, after a kill, and when somebody was at the part file. */
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { countHashed } from '../fixtures/hash-count.js';
import { hintsIn, liveUntil, remainsOf } from '../fixtures/killed-download.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const FILE = 'film.bin';
const PIECE = 256 * KiB;
const content = sampleBytes(10 * MiB);
const PIECES = content.length / PIECE;

/** Ann serves slowly; bob has an account, and is closed. */
async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 4 * MiB });
  await ann.share(FILE, content);
  const bob = await swarm.client('bob');
  await bob.close();
  // Counted where main hands them out, from here on: those of ann are over.
  const hashed = { pieces: 0 };
  t.teardown(countHashed((pieces) => (hashed.pieces += pieces)));
  const again = async () => {
    const client = await swarm.openClient('bob');
    await client.serve();
    return client;
  };
  const partName = async (): Promise<string> =>
    (await readdir(bob.folder)).find((name) => name.endsWith('.part'))!;
  const victim = { name: 'bob', folder: bob.folder, port: swarm.address.port, file: FILE };
  return { swarm, bob, again, hashed, partName, victim };
}

/** Downloads until so many bytes are verified, and ends the client cleanly. */
async function downloadSome(
  { again }: Awaited<ReturnType<typeof scene>>,
  bytes: number,
  over: { overwrite?: true; keepsOlder?: true } = {},
) {
  const client = await again();
  await client.logIn();
  const id = await client.start(FILE, over);
  await client.whenProgress(id, ({ verified }) => verified >= bytes);
  await client.close();
  return id;
}

t.test('after a clean end nothing is hashed, and only what is missing is fetched', async (t) => {
  const all = await scene(t);
  const id = await downloadSome(all, 4 * MiB);
  const { kept } = await remainsOf(all.bob.folder, PIECES);
  t.ok(kept.count * PIECE >= 4 * MiB);
  t.same(await hintsIn(all.bob.folder), []);
  const bob = await all.again();
  await bob.logIn();
  const { fetched } = await bob.finish(id);
  t.equal(fetched, content.length - kept.count * PIECE);
  t.equal(all.hashed.pieces, 0);
  t.ok((await bob.read(FILE)).equals(content));
});

t.test('after a kill only what was verified since the last note is hashed', async (t) => {
  const { bob, victim, again, hashed } = await scene(t);
  const life = await liveUntil(victim, (line, kill) => {
    if (line.startsWith('kept')) kill();
  });
  t.notOk(life.isComplete);
  const { kept, hinted } = await remainsOf(bob.folder, PIECES);
  t.ok(kept.count * PIECE >= life.kept, 'what was told to be kept is');
  const client = await again();
  await client.logIn();
  const [progress] = await client.engine.downloads();
  t.ok(progress!.kept >= kept.count * PIECE);
  const { fetched } = await client.finish(progress!.id);
  t.equal(hashed.pieces, hinted.count);
  t.equal(fetched, content.length - (kept.count + hinted.count) * PIECE);
  t.ok((await client.read(FILE)).equals(content));
  t.same(await hintsIn(bob.folder), []);
});

for (const over of [{ overwrite: true }, { keepsOlder: true }] as const) {
  const [how] = Object.keys(over);
  t.test(`what may become of the file in its place is remembered: ${how}`, async (t) => {
    const all = await scene(t);
    const older = Buffer.from('what was there');
    await writeFile(all.bob.path(FILE), older);
    const id = await downloadSome(all, MiB, over);
    t.ok((await all.bob.read(FILE)).equals(older), 'it stays until then');
    const bob = await all.again();
    await bob.logIn();
    await bob.finish(id);
    t.ok((await bob.read(FILE)).equals(content));
    const names = (await readdir(bob.folder)).filter((name) => name.startsWith('film'));
    if (how === 'overwrite') return t.same(names, [FILE]);
    t.equal(names.length, 2);
    t.ok((await bob.read(names.find((name) => name !== FILE)!)).equals(older));
  });
}

t.test('a part file that somebody changed is noticed, told, and looked at', async (t) => {
  const all = await scene(t);
  const id = await downloadSome(all, 4 * MiB);
  const { kept } = await remainsOf(all.bob.folder, PIECES);
  const [damaged = 0] = [...kept.indexes()];
  const part = await open(join(all.bob.folder, await all.partName()), 'r+');
  await part.write(Buffer.from('somebody was here'), 0, 17, damaged * PIECE + 5);
  await part.close();
  const bob = await all.again();
  await bob.logIn();
  const { fetched } = await bob.finish(id);
  t.match(bob.lines.join('\n'), /changed by somebody else meanwhile/);
  t.equal(all.hashed.pieces, kept.count);
  t.equal(fetched, content.length - (kept.count - 1) * PIECE);
  t.ok((await bob.read(FILE)).equals(content));
});

t.test('killed between the name and the row: the next run says that it is complete', async (t) => {
  const all = await scene(t);
  const id = await downloadSome(all, MiB);
  const { bob } = all;
  // What such a kill leaves: the row, and the whole file under its name.
  await rm(join(bob.folder, await all.partName()));
  await writeFile(`${bob.path(FILE)}.new`, content);
  await rename(`${bob.path(FILE)}.new`, bob.path(FILE));
  const client = await all.again();
  await client.logIn();
  t.match(await client.finish(id), { fetched: 0, path: client.path(FILE) });
  t.match(await client.engine.downloads(), [{ id, state: 'complete' }]);
  t.equal(await client.sources(FILE), 2, 'and shared');
  t.ok((await client.read(FILE)).equals(content));
});

t.test('what nobody downloads is not shown as running, and says what is kept', async (t) => {
  const all = await scene(t);
  const id = await downloadSome(all, MiB);
  const { kept } = await remainsOf(all.bob.folder, PIECES);
  const bob = await all.swarm.openClient('bob');
  await bob.logIn();
  const bytes = kept.count * PIECE;
  t.match(await bob.engine.downloads(), [
    { id, state: 'interrupted', kept: bytes, verified: bytes },
  ]);
});
