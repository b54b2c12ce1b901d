import { open, readdir } from 'node:fs/promises';
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { FakePeer } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const PIECE = 256 * KiB;
const content = sampleBytes(8 * PIECE);
const half = [0, 1, 2, 3];

t.test('half a file is served on to a member whom the seeder refuses', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share('film.mkv', content);
  const member = await swarm.member('seed');
  const seed = new FakePeer({
    member,
    transport: 'tls',
    content,
    fileId,
    manners: {
      pieces: half,
      onOpen: (connection, fileRef) => {
        if (connection.ticket?.userId === 'bob') connection.sendOpened(fileRef);
        else connection.send({ type: 'refused', fileRef, code: 'NO_SUCH_FILE' });
      },
    },
  });
  swarm.closeLater(seed);
  await seed.start();
  const [bob, cid] = [await swarm.client('bob'), await swarm.client('cid')];
  await ann.engine.logout();

  const bobs = await bob.start('film.mkv');
  await bob.whenProgress(bobs, ({ verified }) => verified === half.length * PIECE);
  const cids = await cid.start('film.mkv');
  const halfway = await cid.whenProgress(cids, ({ verified }) => verified === half.length * PIECE);
  t.match(
    halfway.peers.find(({ userId }) => userId === 'bob'),
    { bytes: 4 * PIECE },
  );
  t.match(
    halfway.peers.find(({ userId }) => userId === 'seed'),
    { bytes: 0 },
  );

  // What comes later reaches the session that is open already, by HAVE.
  for (const piece of [4, 5, 6, 7]) seed.have(piece);
  const [summary] = await Promise.all([cid.finish(cids), bob.finish(bobs)]);
  t.match(
    summary.peers.find(({ userId }) => userId === 'bob'),
    { bytes: content.length },
  );
  t.ok((await cid.read('film.mkv')).equals(content));
  t.equal(await cid.sources('film.mkv'), 3, 'the seeder and both who have it now');
});

t.test('a finished file is shared by itself, and again after the next login', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('film.mkv', content);
  const bob = await swarm.client('bob');
  await bob.download('film.mkv');
  t.equal(await ann.sources('film.mkv'), 2);
  await bob.engine.logout();
  t.equal(await ann.sources('film.mkv'), 1);
  t.same(await bob.logIn(), { userId: 'bob', restored: 1, skipped: [] });
  t.equal(await ann.sources('film.mkv'), 2);
  const cid = await swarm.client('cid');
  await ann.engine.logout();
  await cid.download('film.mkv');
  t.ok((await cid.read('film.mkv')).equals(content), 'from bob alone');
});

t.test('whoever only downloads listens once there is something to serve', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  await ann.share('small', sampleBytes(PIECE));
  await ann.share('film.mkv', content);
  const bob = await swarm.client('bob', { isServing: false, up: 512 * KiB });
  await bob.download('small');
  t.equal((await bob.engine.status()).listening, undefined, 'one piece is all or nothing');
  await bob.download('film.mkv');
  t.match((await bob.engine.status()).listening, { host: '127.0.0.1' });

  const cid = await swarm.client('cid', { isServing: false, host: '192.0.2.1' });
  await cid.download('small');
  const failed = await cid.start('film.mkv');
  await t.rejects(cid.finish(failed), { code: 'ADDRESS_UNAVAILABLE', message: /this machine/ });
});

t.test('two downloads of one file to two places do not speak for each other', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 4 * MiB });
  await ann.share('film.mkv', content);
  const [bob, cid] = [await swarm.client('bob'), await swarm.client('cid')];
  const copies = ['one', 'two'].map((name) => bob.path(name));
  const ids = await Promise.all(
    copies.map((destination) => bob.start('film.mkv', { destination })),
  );
  const cids = await cid.start('film.mkv');
  const ends = await Promise.all([...ids.map((id) => bob.finish(id)), cid.finish(cids)]);
  for (const { peers } of ends) {
    for (const { userId, badPieces } of peers) t.equal(badPieces, 0, `${userId} is honest`);
  }
  for (const copy of [await bob.read('one'), await bob.read('two'), await cid.read('film.mkv')])
    t.ok(copy.equals(content));
});

t.test('seeders come and go while a download runs', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * MiB });
  await ann.share('film.mkv', content);
  const ben = await swarm.client('ben', { up: 2 * MiB });
  const bob = await swarm.client('bob');
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ fetched }) => fetched >= PIECE);
  await ann.close();
  await bob.whenProgress(id, ({ peers }) => peers.every(({ state }) => state === 'gone'));
  t.match(await ben.share('film.mkv', content), { outcome: 'source-added' });
  const { peers } = await bob.finish(id);
  t.ok((await bob.read('film.mkv')).equals(content));
  t.same(peers.map(({ userId }) => userId).sort(), ['ann', 'ben']);
  for (const { userId, bytes } of peers) t.ok(bytes > 0, `${userId} delivered`);
});

t.test('an engine that closed goes on where it was', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 2 * MiB });
  await ann.share('film.mkv', content);
  const first = await swarm.client('bob');
  const id = await first.start('film.mkv');
  const before = await first.whenProgress(id, ({ fetched }) => fetched >= 3 * PIECE);
  await first.close();
  const parts = (await readdir(first.folder)).filter((name) => name.endsWith('.part'));
  t.equal(parts.length, 1);

  const second = await swarm.openClient('bob');
  await second.serve();
  await second.logIn();
  const [resumed] = await second.engine.downloads();
  t.equal(resumed?.id, id);
  const summary = await second.finish(id);
  t.ok((await second.read('film.mkv')).equals(content));
  t.ok(summary.fetched <= content.length - before.fetched, `${summary.fetched} fetched`);
  t.ok(summary.fetched > 0);
  t.notOk((await readdir(second.folder)).some((name) => name.endsWith('.part')));
});

t.test('pieces that were damaged on disk meanwhile are fetched again', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share('film.mkv', content);
  const member = await swarm.member('hal');
  const hal = new FakePeer({
    member,
    transport: 'tls',
    content,
    fileId,
    manners: { pieces: half },
  });
  swarm.closeLater(hal);
  await hal.start();
  const first = await swarm.client('bob');
  await ann.engine.logout();
  const id = await first.start('film.mkv');
  await first.whenProgress(id, ({ verified }) => verified === half.length * PIECE);
  await first.close();
  const [part = ''] = (await readdir(first.folder)).filter((name) => name.endsWith('.part'));
  const file = await open(first.path(part), 'r+');
  await file.write(Buffer.alloc(10, 1), 0, 10, 2 * PIECE + 5);
  await file.close();

  await ann.logIn();
  const second = await swarm.openClient('bob');
  await second.serve();
  await second.logIn();
  const summary = await second.finish(id);
  t.equal(summary.fetched, 5 * PIECE, 'the other half and the damaged piece');
  t.ok((await second.read('film.mkv')).equals(content));
});

t.test('a download in a group one has left ends, what it had is no longer served', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: MiB });
  await ann.share('film.mkv', content);
  const bob = await swarm.client('bob');
  const id = await bob.start('film.mkv');
  await bob.whenProgress(id, ({ fetched }) => fetched > 0);
  const ended = t.rejects(bob.finish(id), { code: 'NOT_A_MEMBER' });
  await bob.engine.leaveGroup(GROUP);
  await ended;
  t.match(await bob.engine.status(), { sharedFiles: 0, runningDownloads: 0, uploadSessions: 0 });
});
