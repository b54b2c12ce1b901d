import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const PIECE = 256 * KiB;

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`a file comes whole from one seeder over ${transport}`, async (t) => {
    const swarm = await startSwarm(t, { transport });
    const ann = await swarm.client('ann');
    const bob = await swarm.client('bob');
    const bytes = sampleBytes(5 * MiB + 123);
    await ann.share('film.mkv', bytes);
    const summary = await bob.download('film.mkv');
    t.equal(summary.path, bob.path('film.mkv'));
    t.equal(summary.size, bytes.length);
    t.equal(summary.fetched, bytes.length);
    t.match(summary.peers, [{ userId: 'ann', bytes: bytes.length, badPieces: 0 }]);
    t.ok((await bob.read('film.mkv')).equals(bytes));
    t.match(await bob.engine.status(), { peerTransport: transport, runningDownloads: 0 });
  });

  t.test(`four seeders all contribute over ${transport}`, async (t) => {
    const swarm = await startSwarm(t, { transport });
    const bytes = sampleBytes(8 * MiB);
    const names = ['ann', 'ben', 'cid', 'dan'];
    for (const name of names) {
      // Even loads: no seeder is so fast that nothing is left for the others.
      const seeder = await swarm.client(name, { up: 4 * MiB });
      await seeder.share('film.mkv', bytes);
    }
    const eve = await swarm.client('eve');
    t.equal(await eve.sources('film.mkv'), 4);
    const { peers, fetched } = await eve.download('film.mkv');
    t.ok((await eve.read('film.mkv')).equals(bytes));
    t.equal(fetched, bytes.length);
    t.same(peers.map(({ userId }) => userId).sort(), names);
    for (const { userId, bytes: delivered } of peers) t.ok(delivered > 0, `${userId} delivered`);
    t.equal(
      peers.reduce((sum, peer) => sum + peer.bytes, 0),
      bytes.length,
    );
  });
}

t.test('sizes at the edges of a piece', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  for (const size of [0, 1, PIECE - 1, PIECE, PIECE + 1, 4 * PIECE]) {
    const name = `${size} bytes`;
    const bytes = sampleBytes(size, name);
    await ann.share(name, bytes);
    const summary = await bob.download(name);
    t.equal(summary.size, size, name);
    t.ok((await bob.read(name)).equals(bytes), `${name} are identical`);
    t.equal(await ann.sources(name), 2, `${name} have two sources`);
  }
});

t.test('names that are odd but legal', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const longest = 'ü'.repeat(127) + 'x';
  const names = [
    'two words',
    'čeština 日本語 🎬.mkv',
    'quo\'te"s',
    '-dash',
    'x'.repeat(255),
    longest,
  ];
  for (const name of names) {
    const bytes = sampleBytes(PIECE + 7, name);
    await ann.share(name, bytes);
    await bob.download(name);
    t.ok((await bob.read(name)).equals(bytes), name);
  }
  t.same((await bob.engine.listFiles('friends')).map(({ name }) => name).sort(), [...names].sort());
});

t.test('several downloads run at once, also to a path of another name', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const files = ['a', 'b', 'c'].map((name) => ({ name, bytes: sampleBytes(2 * MiB, name) }));
  for (const { name, bytes } of files) await ann.share(name, bytes);
  await Promise.all(
    files.map(({ name }) =>
      bob.download(name, { destination: join(bob.folder, `${name}.renamed`) }),
    ),
  );
  for (const { name, bytes } of files) {
    t.ok((await bob.read(`${name}.renamed`)).equals(bytes), name);
    await t.rejects(stat(bob.path(name)), { code: 'ENOENT' });
  }
  const rows = await bob.engine.downloads();
  t.same(
    rows.map(({ state }) => state),
    ['complete', 'complete', 'complete'],
  );
});
