/** What `why` says of a file whose only holder does not deliver it. */
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { untilWhy } from '../fixtures/asked-why.js';
import { badManners } from '../fixtures/bad-manners.js';
import { FakePeer, type Manners } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(2 * MiB);

/** Somebody who has the film and does with it what they like. */
async function startFake(swarm: TestSwarm, fileId: string, manners: Manners): Promise<FakePeer> {
  const member = await swarm.member('mal');
  const peer = new FakePeer({ member, transport: 'tls', content, fileId, manners });
  swarm.closeLater(peer);
  await peer.start();
  return peer;
}

/** Ann had a film and is gone; mal has it, with those manners, and ben downloads it. */
async function badScene(t: Test, manners: Manners) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  const { fileId } = await ann.share('film', content);
  const peer = await startFake(swarm, fileId, manners);
  await ben.listed('film', { sources: 2 });
  await ann.close();
  await ben.listed('film', { sources: 1 });
  const id = await ben.start('film');
  ben.finish(id).catch(() => undefined);
  return { swarm, ben, peer };
}

t.test('they stay silent', async (t) => {
  const { ben, peer } = await badScene(t, { onRequest: () => undefined });
  await peer.asked.promise;
  t.match(await untilWhy(ben, 'film', 'silent'), { cause: 'silent' });
});

t.test('it was wrong', async (t) => {
  const { ben } = await badScene(t, badManners['corrupts every block']());
  t.match(await untilWhy(ben, 'film', 'banned'), { cause: 'banned' });
});

t.test('it was wrong, and who was honest has left', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 64 * KiB });
  const ben = await swarm.client('ben');
  const { fileId } = await ann.share('film', content);
  await startFake(swarm, fileId, badManners['corrupts every block']());
  await ben.listed('film', { sources: 2 });
  const id = await ben.start('film');
  ben.finish(id).catch(() => undefined);
  await ben.whenProgress(
    id,
    ({ peers }) =>
      peers.some(({ userId, state }) => userId === 'mal' && state === 'banned') &&
      peers.some(({ userId, state }) => userId === 'ann' && state === 'active'),
  );
  await ann.close();
  t.match(await untilWhy(ben, 'film', 'banned'), { cause: 'banned' });
});

t.test('they refuse every connection, and then they leave', async (t) => {
  const { swarm, ben, peer } = await badScene(t, {
    onConnected: ({ socket }) => void socket.destroy(),
  });
  await untilWhy(ben, 'film', 'unreached');
  await peer.announce('gone');
  t.match(await untilWhy(ben, 'film', 'no-holder'), { sharer: 'ann' });
  await swarm.stopTracker();
  t.match(await untilWhy(ben, 'film', 'tracker-away'), { cause: 'tracker-away' });
});
