/** What is asked of a peer met before the tracker has spoken counts for nothing that the tracker does not say. */
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { DownloadProgress } from '../../src/main/api/progress.js';
import { openEngine } from '../../src/main/engine/engine.js';
import { openHome } from '../../src/main/home/home.js';
import { readMetPeers, writeMetPeers } from '../../src/main/home/met-peers-file.js';
import type { MetPeersRecord } from '../../src/main/home/met-peers-file.js';
import { MIN_PIECE_LENGTH } from '../../src/net/limits.js';
import { FakePeer } from '../fixtures/fake-peer.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP, PASSWORD } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';

const old = sampleBytes(3 * MIN_PIECE_LENGTH, 'old');

type Group = MetPeersRecord['groups'][number];

/**
 * Bert has one piece of a film, from a peer of whom his next command believes that he is far away. The peer holds back
 * whatever else is asked of him until that command.
 */
async function halfFetched(t: Test) {
  const swarm = await TestSwarm.start(testFolder(t));
  t.teardown(() => swarm.close());
  const anna = await swarm.client('anna');
  const bert = await swarm.client('bert', { isServing: false });
  await bert.close();
  const folder = join(bert.folder, 'elsewhere');
  await mkdir(folder);
  const home = await openHome({ P2P_HOME: join(bert.folder, 'home') });
  const tracker = swarm.address;
  const command = async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    return openEngine({ home, tracker, listen, remember: true, threads: 1 });
  };
  const login = await command();
  await login.login({ tracker, userId: 'bert', password: PASSWORD });
  await login.close();
  const { fileId } = await anna.share('film', old);
  const member = await swarm.member('seed');
  let isOpenHanded = false;
  const seed = new FakePeer({
    ...{ member, transport: 'tls', content: old, fileId },
    manners: {
      onRequest: (connection, block) => {
        if (isOpenHanded || block.pieceIndex === 0) connection.sendBlock(block);
      },
    },
  });
  swarm.closeLater(seed);
  await seed.start();
  await anna.engine.logout();
  const request = {
    ...{ groupId: GROUP, fileName: 'film', destination: folder, overwrite: false, timeoutMs: 0 },
  };
  const first = await command();
  const id = await first.startDownload(request);
  await new Promise<void>((resolve) => {
    const onProgress = ({ verified }: DownloadProgress): void => {
      if (verified > 0) resolve();
    };
    first.waitForDownload(id, onProgress).catch(() => undefined);
  });
  await first.cancelDownload(id);
  await first.close();
  await anna.logIn();
  /** Changes what bert has kept; the peer is far away. */
  const remember = async (change: (group: Group) => Partial<Group> = () => ({})) => {
    const record = (await readMetPeers(home))!;
    const groups = record.groups.map((group) => ({
      ...group,
      peers: group.peers.map((peer) => ({ ...peer, latencyMs: 80 })),
      ...change(group),
    }));
    await writeMetPeers(home, { ...record, groups });
    isOpenHanded = true;
    seed.received.length = 0;
  };
  const finish = async () => {
    const engine = await command();
    try {
      const { path } = await engine.waitForDownload(
        await engine.startDownload(request),
        () => undefined,
      );
      return await readFile(path);
    } finally {
      await engine.close();
    }
  };
  const hellos = (): number => seed.received.filter(({ type }) => type === 'hello').length;
  return { anna, folder, remember, finish, hellos };
}

t.test('a guess that is right brings the file', async (t) => {
  const { anna, remember, finish } = await halfFetched(t);
  await anna.engine.logout();
  await remember();
  t.ok((await finish()).equals(old));
});

t.test('a name that has a newer version brings that one', async (t) => {
  const { anna, remember, finish } = await halfFetched(t);
  const newer = sampleBytes(2 * MIN_PIECE_LENGTH, 'newer');
  await anna.share('film', newer, { replace: true });
  await remember();
  t.ok((await finish()).equals(newer));
});

t.test('a kept ticket that nobody takes any more costs nothing but itself', async (t) => {
  const { anna, remember, finish, hellos } = await halfFetched(t);
  await anna.engine.logout();
  await remember(({ ticket }) => ({
    ticket: { bytes: Buffer.from('no ticket').toString('base64'), untilMs: ticket!.untilMs },
  }));
  t.ok((await finish()).equals(old));
  t.ok(hellos() > 1, 'it was shown, and then the one of now');
});

t.test('who was removed gets nothing of it, whatever a peer may have sent', async (t) => {
  const { anna, folder, remember, finish } = await halfFetched(t);
  await anna.engine.kick(GROUP, 'bert');
  // The peer has not heard of it, and takes the ticket.
  await remember();
  await t.rejects(finish(), { code: 'NOT_A_MEMBER' });
  const [part = '', ...others] = await readdir(folder);
  t.match(part, /\.part$/);
  t.same(others, []);
  const bytes = await readFile(join(folder, part));
  t.ok(bytes.subarray(0, MIN_PIECE_LENGTH).equals(old.subarray(0, MIN_PIECE_LENGTH)));
  for (const piece of [1, 2]) {
    const place = [piece * MIN_PIECE_LENGTH, (piece + 1) * MIN_PIECE_LENGTH] as const;
    t.notOk(bytes.subarray(...place).equals(old.subarray(...place)));
  }
});
