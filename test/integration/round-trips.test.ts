/** How often a command waits for a tracker and for peers that are far away. */
import { join } from 'node:path';
import { mkdir, readFile, rm } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { DownloadProgress } from '../../src/main/api/progress.js';
import { openEngine } from '../../src/main/engine/engine.js';
import { openHome, type Home } from '../../src/main/home/home.js';
import { readMetPeers, writeMetPeers } from '../../src/main/home/met-peers-file.js';
import { DEFAULT_BLOCK_LENGTH, MIN_PIECE_LENGTH } from '../../src/net/limits.js';
import type { BlockRange } from '../../src/net/peer-frames.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { nameHash } from '../../src/net/name-hash.js';
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

t.test('another file of whom one has met comes with the third round trip', async (t) => {
  const { swarm, anna, ways, home, tracker, command, request } = await farMember(t);
  const size = 2 * MIN_PIECE_LENGTH;
  const layout = pieceLayout(size, MIN_PIECE_LENGTH)!;
  const half = MIN_PIECE_LENGTH / 2;
  // A busy machine may count a way too many, never one too few: so there are several tries.
  const names = ['film', 'film 1', 'film 2', 'film 3'];
  const files = new Map<string, { readonly fileId: string; readonly content: Buffer }>();
  for (const name of names) {
    const content = sampleBytes(size, name);
    files.set(name, { ...(await anna.share(name, content)), content });
  }
  let name = names[0]!;
  const bytesOf = ({ pieceIndex, offset, length }: BlockRange): Buffer => {
    const at = pieceIndex * MIN_PIECE_LENGTH + offset;
    return files.get(name)!.content.subarray(at, at + length);
  };
  const manners: Manners = {
    onRequest: (connection, range) => connection.sendBlock(range, bytesOf(range)),
    // One of the connections that ask is sent the beginning of the first piece.
    onFind: (connection, question) => {
      const { fileRef, part } = question;
      const asked = names.find((one) => nameHash(GROUP, one) === question.nameHash)!;
      const { fileId } = files.get(asked)!;
      const promised = part === 0 ? { pieceIndex: 0, length: half } : undefined;
      const bits = seed.claimed.bytes;
      connection.send({ type: 'found', fileRef, fileId, layout, promised, bits });
      if (!promised) return;
      const range = { fileRef, offset: 0, ...promised };
      connection.sendBlock(range, bytesOf(range));
    },
  };
  const member = await swarm.member('seed');
  const seed = new FakePeer({ member, transport: 'tls', ...files.get(name)!, manners });
  swarm.closeLater(seed);
  let at = tracker;
  await seed.start('complete', async (address) => (at = await ways.to(address)));
  for (const { fileId } of files.values()) {
    const offer = { groupId: GROUP, fileId, state: 'complete' } as const;
    await member.link.call('announce', { files: [offer] });
  }
  await anna.engine.logout();
  const first = await command();
  await first.waitForDownload(await first.startDownload(request), () => undefined);
  await first.close();
  await moveAway(home);
  let least = Infinity;
  for (name of names.slice(1)) {
    if (least <= 3) break;
    seed.requests.length = 0;
    const [asked, goneOn] = [seed.nextFind(), seed.nextRequest()];
    const release = ways.hold(tracker);
    const dial = ways.nextDial(at);
    const second = await command();
    const starting = second.startDownload({ ...request, fileName: name });
    t.match(await asked, { nameHash: nameHash(GROUP, name), length: DEFAULT_BLOCK_LENGTH });
    // The first byte takes another way.
    least = Math.min(least, (ways.count() - (await dial) + 1) / 2);
    t.match(await goneOn, { pieceIndex: 0, offset: half }, 'what came of it is taken');
    release();
    await second.waitForDownload(await starting, () => undefined);
    await second.close();
    t.ok((await readFile(join(request.destination, name))).equals(files.get(name)!.content));
    const again = seed.requests.filter((one) => one.pieceIndex === 0 && one.offset < half);
    t.same(again, [], 'what came before the tracker said anything is not fetched twice');
  }
  t.equal(least, 3, 'the way to it, and what its name means, whatever the tracker does');
});

t.test('whoever names another file than the tracker costs one connection', async (t) => {
  const { swarm, anna, ways, home, tracker, command, request } = await farMember(t);
  const size = 2 * MIN_PIECE_LENGTH;
  const content = sampleBytes(size);
  const { fileId } = await anna.share('film', content);
  const second = await anna.share('film 2', content);
  t.equal(second.fileId, fileId);
  const member = await swarm.member('seed');
  const layout = pieceLayout(size, MIN_PIECE_LENGTH)!;
  const lie = sampleBytes(MIN_PIECE_LENGTH, 'lie');
  const manners: Manners = {
    onFind: (connection, { fileRef }) => {
      const promised = { pieceIndex: 0, length: lie.length };
      const bits = seed.claimed.bytes;
      connection.send({ type: 'found', fileRef, fileId: 'ab'.repeat(32), layout, promised, bits });
      connection.sendBlock({ fileRef, offset: 0, ...promised }, lie);
    },
  };
  const seed = new FakePeer({ member, transport: 'tls', content, fileId, manners });
  swarm.closeLater(seed);
  await seed.start('complete', (address) => ways.to(address));
  await anna.engine.logout();
  const first = await command();
  await first.waitForDownload(await first.startDownload(request), () => undefined);
  await first.close();
  await moveAway(home);
  t.equal((await readMetPeers(home))?.groups[0]?.peers.length, 1);
  const asked = seed.nextFind();
  const release = ways.hold(tracker);
  const engine = await command();
  // What is here under another name would be copied.
  await rm(join(request.destination, 'film'));
  const starting = engine.startDownload({ ...request, fileName: 'film 2' });
  await asked;
  release();
  await engine.waitForDownload(await starting, () => undefined);
  await engine.close();
  t.ok((await readFile(join(request.destination, 'film 2'))).equals(content));
});
