import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { badManners } from '../fixtures/bad-manners.js';
import { FakePeer, type Manners } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const PIECE = 256 * KiB;
const content = sampleBytes(8 * PIECE);

/** A swarm whose honest seeder `ann` shares `content`; more peers are added by name. */
async function scene(t: Test, transport: PeerTransport, up = 8 * MiB) {
  const swarm = await startSwarm(t, { transport });
  const ann = await swarm.client('ann', { up });
  const { fileId } = await ann.share('film.mkv', content);
  const fake = (name: string, manners: Manners): Promise<FakePeer> =>
    startFake(swarm, name, fileId, manners);
  return { swarm, fake };
}

/** All of them over TLS; in the clear those for which the way of the bytes matters. */
function mannersOver(transport: PeerTransport): [string, () => Manners][] {
  const all = Object.entries(badManners);
  const raw = /garbage|middle|challenge|unasked|flood/;
  return transport === 'tls' ? all : all.filter(([name]) => raw.test(name));
}

async function startFake(
  swarm: TestSwarm,
  name: string,
  fileId: string,
  manners: Manners,
): Promise<FakePeer> {
  const member = await swarm.member(name);
  const { transport } = swarm;
  const peer = new FakePeer({ member, transport, content, fileId, manners });
  swarm.closeLater(peer);
  await peer.start();
  return peer;
}

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`no bad peer keeps a download from completing over ${transport}`, async (t) => {
    const { swarm, fake } = await scene(t, transport);
    const downloader = await swarm.client('bob');
    for (const [name, manners] of mannersOver(transport)) {
      const peer = await fake(name.replaceAll(' ', '-'), manners());
      const copy = `beside a peer that ${name}`;
      const { peers } = await downloader.download('film.mkv', {
        destination: downloader.path(copy),
      });
      t.ok((await downloader.read(copy)).equals(content), copy);
      // The next copy would else be made from this one.
      await downloader.engine.stopShare(GROUP, 'film.mkv');
      t.ok(peer.connectionCount > 0, 'which was dialled');
      const delivered = peers.find(({ userId }) => userId === 'ann')?.bytes ?? 0;
      t.ok(delivered > 0, 'and the honest one delivered');
      await peer.announce('gone');
      await peer.close();
    }
    t.match(await downloader.engine.status(), { runningDownloads: 0 });
  });

  t.test(`a peer that sends corrupt pieces is banned after two over ${transport}`, async (t) => {
    // The honest one is slow enough that the bad one is asked again.
    const { swarm, fake } = await scene(t, transport, MiB);
    const mal = await fake('mal', badManners['corrupts every block']());
    const bob = await swarm.client('bob');
    const id = await bob.start('film.mkv');
    const banned = await bob.whenProgress(id, ({ peers }) =>
      peers.some(({ state }) => state === 'banned'),
    );
    const record = banned.peers.find(({ userId }) => userId === 'mal');
    t.match(record, { state: 'banned', bytes: 0, reason: /do not match/ });
    // More of them may have been on their way.
    t.ok(record && record.badPieces >= 2);
    const asked = mal.requests.length;
    const { peers } = await bob.finish(id);
    t.ok((await bob.read('film.mkv')).equals(content));
    t.equal(peers.find(({ userId }) => userId === 'ann')?.bytes, content.length);
    t.equal(mal.requests.length, asked, 'it was not asked again');
  });
}

t.test('a stalling peer loses its pieces to an idle one', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 4 * MiB });
  const { fileId } = await ann.share('film.mkv', content);
  const peer = await startFake(swarm, 'mal', fileId, { onRequest: () => {} });
  const bob = await swarm.client('bob');
  const id = await bob.start('film.mkv');
  const [{ peers }] = await Promise.all([bob.finish(id), peer.asked.promise]);
  t.ok((await bob.read('film.mkv')).equals(content));
  t.match(
    peers.find(({ userId }) => userId === 'mal'),
    { bytes: 0 },
  );
});

t.test('a peer whose key is not the one the tracker named gets no word', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: MiB });
  const { fileId } = await ann.share('film.mkv', content);
  const [member, other] = [await swarm.member('mal'), await swarm.member('other')];
  const options = { member, transport: 'tls', content, fileId, manners: {} } as const;
  const peer = new FakePeer({ ...options, shownCredentials: other.credentials });
  swarm.closeLater(peer);
  await peer.start();
  const bob = await swarm.client('bob');
  const { peers } = await bob.download('film.mkv');
  t.match(
    peers.find(({ userId }) => userId === 'mal'),
    { state: 'gone', bytes: 0, reason: /does not hold the key/ },
  );
  t.same(peer.received, [], 'no frame was sent to it');
});

t.test(
  'nobody can announce what nobody shares, and what comes later is fetched later',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const { fileId } = await ann.share('film.mkv', content);
    await ann.engine.stopShare(GROUP, 'film.mkv');
    const liar = await startFake(swarm, 'mal', fileId, badManners['rejects everything']()).catch(
      () => undefined,
    );
    t.equal(liar, undefined, 'nobody can announce what nobody shares');
    await ann.share('film.mkv', content);
    const half = await startFake(swarm, 'hal', fileId, { pieces: [0, 1, 2, 3] });
    const bob = await swarm.client('bob');
    await ann.engine.logout();
    const id = await bob.start('film.mkv');
    await bob.whenProgress(id, ({ verified }) => verified === 4 * PIECE);
    for (const piece of [4, 5, 6, 7]) half.have(piece);
    const { peers } = await bob.finish(id);
    t.match(peers, [{ userId: 'hal', bytes: content.length }]);
    t.ok((await bob.read('film.mkv')).equals(content));
  },
);
