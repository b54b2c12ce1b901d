/** A download from its part file to its end, with fake sessions; the clock is a number. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  CancelledError,
  PeerError,
  StorageError,
  TrackerError,
  type P2pError,
} from '../../../src/net/errors.js';
import { DOWNLOAD_TICK_MS, SAVE_BITFIELD_INTERVAL_MS } from '../../../src/net/limits.js';
import { Download } from '../../../src/main/downloads/download.js';
import {
  downloadKindOf,
  type DownloadRequest,
} from '../../../src/main/downloads/download-request.js';
import { describedBytes, type DescribedBytes } from '../../fixtures/described-bytes.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { deliver, endWhenTold, readyWith } from '../../fixtures/fake-peer-connections.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { bitsOf } from '../swarm/fake-swarm.js';

const [ann, bob] = [onlinePeer('ann'), onlinePeer('bob')];
const three = describedBytes(3);

interface Scenery extends Partial<DownloadRequest> {
  readonly file?: DescribedBytes;
  /** What an earlier run has left. */
  readonly part?: Buffer;
}

/** The download of `film` and the owners around it; by default ann has the file. */
function scene(t: Test, { file = three, part, ...more }: Scenery = {}) {
  const clock = numberClock(t);
  const folder = t.testdir(part ? { 'film.part': part } : {});
  const [path, partPath] = [join(folder, 'film'), join(folder, 'film.part')];
  const around = fakeDownloadOwners();
  const { owners, watches, connections } = around;
  watches.whoHas = async () => [ann];
  connections.onSession = deliver(file.content);
  const request: DownloadRequest = {
    id: 'id',
    groupId: 'group',
    fileName: 'film',
    fileId: 'film',
    description: file.description,
    kind: downloadKindOf(file.description.layout),
    path,
    partPath,
    overwrite: false,
    timeoutMs: 0,
    firstPeers: [],
    verifiedBefore: undefined,
    ...more,
  };
  const download = new Download(request, owners);
  const states = [download.progress().state];
  download.subscribe(({ state }) => {
    if (states.at(-1) !== state) states.push(state);
  });
  const { sessions } = connections;
  return { ...around, clock, sessions, download, states, path, partPath };
}

t.test('a download goes from the part file to the finished one, and is shared', async (t) => {
  const { download, states, path, partPath, log, sessions, growing } = scene(t);
  const { size } = three.description.layout;
  const summary = await download.run();
  t.match(summary, { path, size, fetched: size, peers: [{ deviceId: 'ann', bytes: size }] });
  t.same(states, ['waiting', 'downloading', 'finishing', 'complete']);
  t.match(download.progress(), { id: 'id', state: 'complete', size, verified: size });
  t.notOk(download.isRunning);
  t.ok(three.content.equals(await readFile(path)));
  t.notOk(existsSync(partPath));
  t.equal(log.lines.indexOf('growing film'), log.lines.indexOf(log.of('gained')[0]!) - 1);
  t.same(log.of('gained').sort(), ['gained film 0', 'gained film 1', 'gained film 2']);
  t.same(log.lines.slice(-3), ['unwatch film', 'saved film 0,1,2', 'complete film']);
  t.ok(sessions.every(({ orders }) => orders.includes('release')));
  t.throws(() => growing.latest?.file.retain(), /bug: a closed file/);
});

t.test('a file without pieces, and one of a single piece', async (t) => {
  for (const pieceCount of [0, 1]) {
    await t.test(`${pieceCount}`, async (t) => {
      const file = describedBytes(pieceCount);
      const { download, states, path, log, sessions } = scene(t, { file, firstPeers: [ann] });
      await download.run();
      t.ok(file.content.equals(await readFile(path)));
      t.equal(sessions.length, pieceCount);
      t.equal(states.at(-1), 'complete');
      t.same(log.of('watch'), [], 'over before it is worth a watch');
    });
  }
});

t.test('what an earlier run verified is checked and not fetched again', async (t) => {
  const part = Buffer.from(three.content);
  part[0]! ^= 1;
  const verifiedBefore = bitsOf(3, [0, 2]);
  const { download, states, path, log } = scene(t, { part, verifiedBefore });
  const { fetched } = await download.run();
  t.same(states, ['waiting', 'checking', 'downloading', 'finishing', 'complete']);
  t.same(log.of('gained').sort(), ['gained film 0', 'gained film 1'], 'one was not what it was');
  t.equal(fetched, 2 * three.description.layout.pieceLength);
  t.ok(three.content.equals(await readFile(path)));
  t.ok(log.lines.indexOf('growing film') < log.lines.indexOf('session film ann'), 'serves at once');
});

t.test('what an earlier run fetched as a whole needs no peer', async (t) => {
  const { content: part } = three;
  const { download, states, log } = scene(t, { part, verifiedBefore: Bitfield.full(3) });
  t.match(await download.run(), { fetched: 0, size: part.length });
  t.same(states, ['waiting', 'checking', 'finishing', 'complete']);
  t.same(log.lines, ['complete film']);
});

t.test('a bad piece is fetched from somebody else, and two of them ban their peer', async (t) => {
  const { download, log, connections, watches, sessions } = scene(t);
  connections.onSession = endWhenTold;
  const running = download.run();
  await log.seen('session film ann');
  const [liar] = sessions;
  liar?.say(readyWith(Bitfield.full(3)));
  await liar?.told('fetch');
  liar?.say({ type: 'bad', piece: 0 });
  t.notOk(liar?.orders.includes('close'));
  liar?.say({ type: 'bad', piece: 2 });
  await liar?.told('close');
  connections.onSession = deliver(three.content);
  watches.watchers.get('film')?.onPeers([ann, bob], []);
  const { peers } = await running;
  t.match(peers, [
    { deviceId: 'ann', state: 'banned', badPieces: 2, bytes: 0 },
    { deviceId: 'bob', bytes: three.content.length },
  ]);
  t.same(log.of('session'), ['session film ann', 'session film bob']);
});

t.test('whatever stops it, its part file and what is verified stay', async (t) => {
  const full = { code: 'DISK_FULL', message: 'no room' } as const;
  const cases: [name: string, error: P2pError, state: string, code: string][] = [
    ['the user', new CancelledError('enough'), 'cancelled', 'CANCELLED'],
    ['the closing client', new CancelledError('bye', 'TERMINATED'), 'cancelled', 'TERMINATED'],
    ['the tracker', new TrackerError('NOT_A_MEMBER', 'out'), 'failed', 'NOT_A_MEMBER'],
    ['a port that is taken', new PeerError('ADDRESS_IN_USE', 'taken'), 'failed', 'ADDRESS_IN_USE'],
    ['the disk', new StorageError(full.code, full.message), 'failed', 'DISK_FULL'],
  ];
  for (const [name, error, state, code] of cases) {
    await t.test(name, async (t) => {
      const { download, states, path, partPath, log, connections, growing, sessions } = scene(t);
      connections.onSession = endWhenTold;
      const ended = t.rejects(download.run(), error);
      await log.seen('session film ann');
      const [session] = sessions;
      session?.say(readyWith(Bitfield.full(3)));
      await session?.told('fetch');
      session?.say({ type: 'verified', pieces: [1] });
      if (name === 'the disk') session?.say({ type: 'storage-failed', error: full });
      else if (error instanceof PeerError) growing.latest?.onFailed(error);
      else await download.stop(error);
      await ended;
      t.same(states, ['waiting', 'downloading', state]);
      t.match(download.progress(), { error: { code }, verified: 262_144 });
      const ending = ['unwatch film', 'saved film 1', 'stopped film'];
      // What the closing client stopped goes on with the next one.
      if (code !== 'TERMINATED') ending.push(`failed film ${code}`);
      t.same(log.lines.slice(-ending.length), ending);
      t.same(session?.orders, ['fetch', 'release']);
      t.ok(existsSync(partPath));
      t.notOk(existsSync(path));
    });
  }
});

t.test('one that is stopped before it runs touches nothing', async (t) => {
  const { download, states, partPath, log } = scene(t);
  await download.stop(new CancelledError('enough'));
  await t.rejects(download.run(), { code: 'CANCELLED' });
  t.same(states, ['waiting', 'cancelled']);
  t.same(log.lines, ['failed film CANCELLED']);
  t.notOk(existsSync(partPath));
});

t.test('one that is stopped while it checks says why it was stopped', async (t) => {
  const verifiedBefore = bitsOf(3, [1]);
  const { download, states, threads } = scene(t, { part: three.content, verifiedBefore });
  threads.hash = async () => {
    void download.stop(new CancelledError('bye', 'TERMINATED'));
    throw new TrackerError('CANCELLED', 'the hashing was cancelled');
  };
  await t.rejects(download.run(), { code: 'TERMINATED' });
  t.same(states, ['waiting', 'checking', 'cancelled']);
});

t.test('silence for too long ends it, every byte gives it new time', async (t) => {
  const { clock, download, states, log, sessions, connections } = scene(t, { timeoutMs: 5_000 });
  connections.onSession = endWhenTold;
  const ended = t.rejects(download.run(), { code: 'TIMEOUT', constructor: PeerError });
  await log.seen('session film ann');
  clock.pass(4_000);
  sessions[0]?.say({ type: 'received', bytes: 10 });
  clock.pass(5_000);
  t.equal(states.at(-1), 'downloading');
  clock.pass(DOWNLOAD_TICK_MS);
  await ended;
  t.same(states, ['waiting', 'downloading', 'failed']);
  t.equal(clock.timerCount, 0);
});

t.test('a watch that is refused ends it', async (t) => {
  const { download, log, watches } = scene(t);
  watches.whoHas = async () => Promise.reject(new TrackerError('NOT_A_MEMBER', 'out'));
  await t.rejects(download.run(), { code: 'NOT_A_MEMBER' });
  t.same(log.lines, ['watch film', 'unwatch film', 'stopped film', 'failed film NOT_A_MEMBER']);
});

t.test('who had the file at first and has it no more is given up', async (t) => {
  const { clock, download, log, sessions, connections, watches } = scene(t, { firstPeers: [ann] });
  watches.whoHas = async () => [bob];
  connections.onSession = endWhenTold;
  const running = download.run();
  await log.seen('session film ann');
  t.same(log.of('watch'), [], 'not asked for until it takes its time');
  clock.pass(DOWNLOAD_TICK_MS);
  await log.seen('session film bob');
  connections.onSession = deliver(three.content);
  for (const session of sessions) session.say({ type: 'ended', error: undefined });
  for (const session of sessions) session.settle();
  clock.pass(10_000);
  await running;
  t.equal(log.of('watch').length, 1);
  const dialled = sessions.map(({ peer }) => peer.deviceId);
  t.same(dialled, ['ann', 'bob', 'bob']);
});

t.test('what it gains is told and noted from time to time', async (t) => {
  const { clock, download, log, connections, sessions } = scene(t, { file: describedBytes(9) });
  connections.onSession = endWhenTold;
  const ended = t.rejects(download.run(), { code: 'CANCELLED' });
  await log.seen('session film ann');
  const [session] = sessions;
  session?.say(readyWith(Bitfield.full(9)));
  await session?.told('fetch');
  // Which pieces come first is a matter of chance.
  const [order] = session?.posted ?? [];
  const gained = order?.type === 'fetch' ? order.pieces.slice(0, 2) : [];
  for (const piece of gained) session?.say({ type: 'verified', pieces: [piece] });
  t.notOk(session?.orders.includes('have'));
  clock.pass(DOWNLOAD_TICK_MS);
  const have = session?.posted.filter(({ type }) => type === 'have');
  t.same(have, [{ type: 'have', pieces: gained }]);
  clock.pass(2 * SAVE_BITFIELD_INTERVAL_MS);
  const saved = [`saved film ${gained.toSorted((a, b) => a - b).join()}`];
  t.same(log.of('saved'), saved);
  await download.stop(new CancelledError('enough'));
  await ended;
  t.same(log.of('saved'), saved, 'once is enough');
});

t.test('a verified file that cannot take its place fails, and stays', async (t) => {
  const { download, states, path, partPath, log } = scene(t);
  await writeFile(path, 'taken');
  await t.rejects(download.run(), { code: 'DESTINATION_EXISTS' });
  t.same(states, ['waiting', 'downloading', 'finishing', 'failed']);
  t.same(log.lines.slice(-2), ['stopped film', 'failed film DESTINATION_EXISTS']);
  t.equal(await readFile(path, 'utf8'), 'taken');
  t.ok(three.content.equals(await readFile(partPath)));
});

t.test('pieces that match make no file when its SHA-256 does not', async (t) => {
  const file = describedBytes(2, new Uint8Array(32));
  const { download, path } = scene(t, { file });
  await t.rejects(download.run(), { code: 'VERIFICATION_FAILED' });
  t.notOk(existsSync(path));
});
