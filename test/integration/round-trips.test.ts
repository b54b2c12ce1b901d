/** How often a command waits for a tracker and for peers that are far away. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { DownloadProgress } from '../../src/main/api/progress.js';
import { openEngine } from '../../src/main/engine/engine.js';
import { openHome, type Home } from '../../src/main/home/home.js';
import { readMetPeers, writeMetPeers } from '../../src/main/home/met-peers-file.js';
import { MIN_PIECE_LENGTH } from '../../src/net/limits.js';
import { countedWays } from '../fixtures/counted-ways.js';
import { FakePeer, type Manners } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP, PASSWORD } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';

/** The near end of a counted way accepts at once, which looks like a peer that is near. */
async function moveAway(home: Home): Promise<void> {
  const record = await readMetPeers(home);
  const groups = record?.groups.map((group) => ({
    ...group,
    peers: group.peers.map((peer) => ({ ...peer, latencyMs: 80 })),
  }));
  if (record && groups) await writeMetPeers(home, { ...record, groups });
}

/** A swarm, and commands of a member to whom all of it is as far away, one after the other. */
async function farMember(t: Test) {
  const swarm = await TestSwarm.start(testFolder(t));
  t.teardown(() => swarm.close());
  const anna = await swarm.client('anna');
  const bert = await swarm.client('bert', { isServing: false });
  await bert.close();
  const folder = join(bert.folder, 'elsewhere');
  await mkdir(folder);
  const ways = countedWays(t);
  const tracker = await ways.to(swarm.address);
  const home = await openHome({ P2P_HOME: join(bert.folder, 'home') });
  const command = async () =>
    openEngine({
      home,
      tracker,
      listen: { host: '127.0.0.1', port: 0 },
      remember: true,
      threads: 1,
    });
  const login = await command();
  await login.login({ tracker, userId: 'bert', password: PASSWORD });
  await login.close();
  const request = { groupId: GROUP, fileName: 'film', destination: folder, overwrite: false };
  return { swarm, anna, ways, home, tracker, command, request: { ...request, timeoutMs: 0 } };
}

t.test(
  'a download asks a tracker far away in three round trips, two of them the way to it',
  async (t) => {
    const { anna, ways, command, request } = await farMember(t);
    let least = Infinity;
    // A busy machine may count a way too many, never one too few.
    for (let tries = 1; tries <= 3 && least > 3; tries++) {
      const fileName = `film ${tries}`;
      // More pieces than come along with a list of files.
      await anna.share(fileName, sampleBytes(300 * MIN_PIECE_LENGTH, fileName));
      const engine = await command();
      const before = ways.count();
      const id = await engine.startDownload({ ...request, fileName });
      least = Math.min(least, Math.ceil((ways.count() - before) / 2));
      await engine.cancelDownload(id);
      await engine.close();
    }
    t.equal(least, 3);
  },
);

t.test(
  'the first byte comes with the sixth round trip, and before the tracker says anything when a download goes on',
  async (t) => {
    const { swarm, anna, ways, home, tracker, command, request } = await farMember(t);
    const content = sampleBytes(2 * MIN_PIECE_LENGTH);
    const { fileId } = await anna.share('film', content);
    const member = await swarm.member('seed');
    // Of two pieces one comes, so that there is something left for the next command.
    const manners: Manners = {
      onRequest: (connection, block) => {
        if (block.pieceIndex === 0) connection.sendBlock(block);
      },
    };
    const seed = new FakePeer({ member, transport: 'tls', content, fileId, manners });
    swarm.closeLater(seed);
    await seed.start('complete', (address) => ways.to(address));
    await anna.engine.logout();
    const asked = seed.nextRequest();
    const engine = await command();
    const before = ways.count();
    const id = await engine.startDownload(request);
    await asked;
    // The first byte takes another way.
    const roundTrips = (ways.count() - before + 1) / 2;
    // A busy machine may count some ways too many.
    t.ok(roundTrips >= 6 && roundTrips < 8, `${roundTrips} round trips`);
    await new Promise<void>((resolve) => {
      const onProgress = ({ verified }: DownloadProgress): void => {
        if (verified > 0) resolve();
      };
      engine.waitForDownload(id, onProgress).catch(() => undefined);
    });
    await engine.cancelDownload(id);
    await engine.close();
    await moveAway(home);
    // TCP, TLS and the question: three round trips, whatever the tracker does meanwhile.
    const askedEarly = seed.nextRequest();
    const release = ways.hold(tracker);
    const second = await command();
    const starting = second.startDownload(request);
    t.equal((await askedEarly).pieceIndex, 1);
    release();
    await second.cancelDownload(await starting);
    await second.close();
  },
);

t.test('another file of whom one has met comes with the fourth round trip', async (t) => {
  const { swarm, anna, ways, home, command, request } = await farMember(t);
  const content = sampleBytes(MIN_PIECE_LENGTH);
  const { fileId } = await anna.share('film', content);
  const other = await anna.share('film 2', sampleBytes(2 * MIN_PIECE_LENGTH, 'other'));
  const member = await swarm.member('seed');
  const seed = new FakePeer({ member, transport: 'tls', content, fileId, manners: {} });
  swarm.closeLater(seed);
  await seed.start('complete', (address) => ways.to(address));
  const offer = { groupId: GROUP, fileId: other.fileId, state: 'complete' } as const;
  await member.link.call('announce', { files: [offer] });
  await anna.engine.logout();
  const first = await command();
  await first.waitForDownload(await first.startDownload(request), () => undefined);
  await first.close();
  await moveAway(home);
  let least = Infinity;
  // A busy machine may count a way too many, never one too few.
  for (let tries = 1; tries <= 3 && least > 4; tries++) {
    const asked = seed.nextRequest();
    const engine = await command();
    const before = ways.count();
    const id = await engine.startDownload({ ...request, fileName: 'film 2' });
    await asked;
    least = Math.min(least, Math.ceil((ways.count() - before + 1) / 2));
    await engine.cancelDownload(id);
    await engine.close();
  }
  t.equal(least, 4, 'the way to it, and what its name means');
});
