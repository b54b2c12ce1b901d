/** A download from its part file to its end, with fake sessions; the clock is a number. */
import { existsSync, linkSync, statSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FIRST_TURN } from '../../../src/main/home/download-turn.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  CancelledError,
  PeerError,
  StorageError,
  TrackerError,
  type P2pError,
} from '../../../src/net/errors.js';
import { DOWNLOAD_TICK_MS, SAVE_KEPT_INTERVAL_MS } from '../../../src/net/limits.js';
import { stampOf, type FileStamp } from '../../../src/main/disk/file-stamp.js';
import { Download } from '../../../src/main/downloads/download.js';
import {
  downloadKindOf,
  type DownloadRequest,
  type LeftPieces,
} from '../../../src/main/downloads/download-request.js';
import { describedBytes, type DescribedBytes } from '../../fixtures/described-bytes.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { deliver, endWhenTold, readyWith } from '../../fixtures/fake-peer-connections.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { bitsOf } from '../swarm/fake-swarm.js';
import { testFolder } from '../../fixtures/test-folder.js';

const [ann, bob] = [onlinePeer('ann'), onlinePeer('bob')];
const three = describedBytes(3);

interface Scenery extends Partial<DownloadRequest> {
  readonly file?: DescribedBytes;
  /** What an earlier run has left, and which pieces of it that kept. */
  readonly part?: Buffer;
  readonly kept?: readonly number[];
}

/** What an earlier run has left: pieces in doubt, and kept ones with the stamp of its part file. */
function leftPieces(
  left: Partial<Record<'kept' | 'doubtful', readonly number[]>> & {
    readonly stamp?: FileStamp | undefined;
    readonly lastWriteMs?: number;
  },
): LeftPieces {
  const { stamp, lastWriteMs } = left;
  const [kept, doubtful] = [bitsOf(3, left.kept ?? []), bitsOf(3, left.doubtful ?? [])];
  return { kept, keptBytes: 7, doubtful, stamp, lastWriteMs };
}

/** The download of `film` and the owners around it; by default ann has the file. */
function scene(t: Test, { file = three, part, kept, ...more }: Scenery = {}) {
  const clock = numberClock(t);
  const folder = testFolder(t, part ? { 'film.part': part } : {});
  const [path, partPath] = [join(folder, 'film'), join(folder, 'film.part')];
  const around = fakeDownloadOwners();
  const stamp = part && stampOf(statSync(partPath, { bigint: true }));
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
    turn: FIRST_TURN,
    firstPeers: [],
    isAgain: false,
    left: kept && leftPieces({ kept, stamp }),
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
  t.same(states, ['queued', 'downloading', 'finishing', 'complete']);
  t.match(download.progress(), { id: 'id', state: 'complete', size, verified: size });
  t.notOk(download.isRunning);
  t.ok(three.content.equals(await readFile(path)));
  t.notOk(existsSync(partPath));
  t.equal(log.lines.indexOf('growing film'), log.lines.indexOf(log.of('gained')[0]!) - 1);
  t.same(log.of('gained').sort(), ['gained film 0', 'gained film 1', 'gained film 2']);
  const ending = ['unwatch film', 'sync', 'sync-folder', 'complete film', 'unhint id'];
  t.same(log.lines.slice(-ending.length), ending, 'on the disk, named, noted');
  t.ok(sessions.every(({ orders }) => orders.includes('release')));
  t.throws(() => growing.latest?.file.retain(), /bug: a closed file/);
});

t.test('what its reader has all of is neither synced nor noted, and served no more', async (t) => {
  const passing = { isInOrder: true, isPassing: true } as const;
  const { download, states, path, partPath, log } = scene(t, passing);
  t.notOk(download.onDelivered(), 'there is nothing yet');
  const off = download.subscribe(({ state, readable }) => {
    if (state === 'finishing') t.same(readable, { path: partPath, bytes: three.content.length });
    if (state === 'finishing') t.ok(download.onDelivered());
  });
  t.match(await download.run(), { size: three.content.length });
  off();
  t.equal(states.at(-1), 'complete');
  t.same(log.of('sync'), []);
  t.same(log.of('complete'), []);
  t.same(log.lines.slice(-2), ['stopped film', 'unhint id']);
  t.ok(existsSync(partPath), 'its row goes before it');
  t.notOk(existsSync(path));
});

t.test('what its reader has read that does not match its SHA-256 has failed', async (t) => {
  const { description } = three;
  const file = { ...three, description: { ...description, sha256: Buffer.alloc(32, 1) } };
  const { download, log } = scene(t, { file, isInOrder: true, isPassing: true });
  download.subscribe(() => download.onDelivered());
  await t.rejects(download.run(), { code: 'VERIFICATION_FAILED' });
  t.same(log.of('complete'), []);
});

t.test('a passing download whose reader is not waited for is kept like any other', async (t) => {
  const { download, path, log } = scene(t, { isInOrder: true, isPassing: true });
  let stopping: Promise<void> | undefined;
  download.subscribe(({ state }) => {
    if (state === 'finishing')
      stopping ??= download.stop(new CancelledError('no more', 'TERMINATED'));
  });
  await download.run();
  await stopping;
  t.same(log.lines.slice(-4), ['sync', 'sync-folder', 'complete film', 'unhint id']);
  t.notOk(download.onDelivered(), 'too late');
  t.ok(three.content.equals(await readFile(path)));
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

t.test('a small file that came with others is whole, and shared', async (t) => {
  const { download, states, log, parcels, sessions, path } = scene(t, { file: describedBytes(1) });
  const stamp = { size: 7, mtimeNs: 1n, inode: 2n };
  parcels.next = { kind: 'whole', stamp, peer: bob };
  t.match(await download.run(), { path, fetched: 7, peers: [{ deviceId: 'bob', bytes: 7 }] });
  t.same(states, ['queued', 'downloading', 'finishing', 'complete']);
  t.same(log.lines, ['sync-folder', 'complete film'], 'its name on the disk, noted');
  t.equal(sessions.length, 0);
});

t.test('a small file that goes alone gives its place back, whatever comes of it', async (t) => {
  for (const content of [describedBytes(1).content, Buffer.from('other bytes')]) {
    const { download, parcels, connections } = scene(t, { file: describedBytes(1) });
    connections.onSession = deliver(content);
    let ends = 0;
    parcels.next = { kind: 'alone', end: () => void ends++ };
    const running = download.run();
    if (content.length === 11) await download.stop(new CancelledError('enough'));
    await running.catch(() => undefined);
    t.equal(ends, 1);
  }
});

t.test('what an earlier run verified is hashed and not fetched again', async (t) => {
  const part = Buffer.from(three.content);
  part[0]! ^= 1;
  const left = leftPieces({ doubtful: [0, 2] });
  const { download, states, path, log } = scene(t, { part, left });
  const { fetched } = await download.run();
  t.same(states, ['queued', 'checking', 'downloading', 'finishing', 'complete']);
  t.same(log.of('gained').sort(), ['gained film 0', 'gained film 1'], 'one was not what it was');
  t.equal(fetched, 2 * three.description.layout.pieceLength);
  t.ok(three.content.equals(await readFile(path)));
  t.ok(log.lines.indexOf('growing film') < log.lines.indexOf('session film ann'), 'serves at once');
});

t.test('what an earlier run kept is neither hashed nor fetched', async (t) => {
  const part = Buffer.from(three.content);
  part.fill(0, 262_144, 524_288);
  const { download, states, path, log, threads } = scene(t, { part, kept: [0, 2] });
  let hashed = 0;
  threads.hash = async () => void hashed++;
  t.match(download.progress(), { state: 'queued', kept: 7, verified: 7 });
  const { fetched } = await download.run();
  t.equal(hashed, 0);
  t.equal(fetched, three.description.layout.pieceLength);
  t.same(states, ['queued', 'downloading', 'finishing', 'complete']);
  t.same(log.of('gained'), ['gained film 1']);
  t.ok(three.content.equals(await readFile(path)));
});

t.test('beside what is kept only what was hinted is hashed', async (t) => {
  const { download, owners, threads, partPath } = scene(t, { part: three.content });
  const stamp = stampOf(statSync(partPath, { bigint: true }));
  const earlier = { ...stamp, ctimeNs: stamp.ctimeNs! - 1n };
  const left = leftPieces({
    ...{ kept: [0, 2], doubtful: [1, 2], stamp: earlier },
    lastWriteMs: Date.now(),
  });
  const hashed: number[] = [];
  const hash = threads.hash.bind(threads);
  threads.hash = (task) => {
    hashed.push(task.firstPiece, task.pieceCount);
    return hash(task);
  };
  const again = new Download({ ...download.request, left }, owners);
  t.match(await again.run(), { fetched: 0 });
  t.same(hashed, [1, 1], 'one piece, the second');
});

t.test('a part file that somebody changed is looked at before it is used', async (t) => {
  const { download, partPath, path, log, states } = scene(t, { part: three.content, kept: [0, 1] });
  const damaged = Buffer.from(three.content);
  damaged[0]! ^= 1;
  await writeFile(partPath, damaged);
  const { fetched } = await download.run();
  t.same(states, ['queued', 'checking', 'downloading', 'finishing', 'complete']);
  t.equal(log.lines[0], 'doubted film', 'noted before anything is written');
  t.same(log.of('gained').sort(), ['gained film 0', 'gained film 2']);
  t.equal(fetched, 2 * 262_144 - 100);
  t.ok(three.content.equals(await readFile(path)));
});

t.test('a part file that is gone keeps nothing', async (t) => {
  const { download, partPath, path, log } = scene(t, { part: three.content, kept: [0, 1, 2] });
  await rm(partPath);
  t.match(await download.run(), { fetched: three.content.length });
  t.equal(log.lines[0], 'dropped film');
  t.ok(three.content.equals(await readFile(path)));
});

t.test('one that was killed when its file had its name is complete', async (t) => {
  for (const hasBothNames of [false, true]) {
    const { download, partPath, path, log, states } = scene(t, { isAgain: true });
    await writeFile(path, three.content);
    if (hasBothNames) linkSync(path, partPath);
    t.match(await download.run(), { fetched: 0, size: three.content.length });
    t.same(states, ['queued', 'checking', 'finishing', 'complete']);
    t.same(log.lines, ['sync', 'sync-folder', 'complete film', 'unhint id']);
    t.notOk(existsSync(partPath));
    t.ok(three.content.equals(await readFile(path)));
  }
});

t.test('a file of the same length that is another one is not taken for it', async (t) => {
  const other = Buffer.alloc(three.content.length, 'precious');
  const { download, path, partPath, log } = scene(t, { isAgain: true });
  await writeFile(path, other);
  await t.rejects(download.run(), { code: 'DESTINATION_EXISTS' });
  t.same(log.lines, ['failed film DESTINATION_EXISTS']);
  t.ok(other.equals(await readFile(path)));
  t.notOk(existsSync(partPath));
  const given = scene(t, { isAgain: true, overwrite: true });
  await writeFile(given.path, other);
  t.match(await given.download.run(), { fetched: three.content.length });
  t.ok(three.content.equals(await readFile(given.path)));
});

t.test('a disk that does not take the bytes or the name makes no complete file', async (t) => {
  const error = new StorageError('IO_ERROR', 'it does not reach the disk');
  for (const what of ['whenData', 'whenFolder'] as const) {
    const { download, owners, sync, path, log, states } = scene(t);
    sync[what] = () => Promise.reject(error);
    await t.rejects(download.run(), error);
    t.same(states, ['queued', 'downloading', 'finishing', 'failed']);
    t.same(log.of('complete'), []);
    t.equal(existsSync(path), what === 'whenFolder', 'a name is given to what is on the disk');
    sync[what] = async () => undefined;
    const again = new Download({ ...download.request, isAgain: true }, owners);
    const isFetchedAgain = what === 'whenData';
    t.match(await again.run(), { fetched: isFetchedAgain ? three.content.length : 0 });
  }
});

t.test('a disk that fails while the whole file is still being hashed', async (t) => {
  const error = new StorageError('IO_ERROR', 'it does not reach the disk');
  const sha256 = new Uint8Array(32);
  const { download, owners, sync, path } = scene(t, { file: describedBytes(2, sha256) });
  sync.whenData = () => Promise.reject(error);
  owners.hashing.sha256 = async () => {
    // Long enough for whoever says that a rejection is heard by nobody.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return Buffer.from(sha256);
  };
  await t.rejects(download.run(), error);
  t.notOk(existsSync(path));
});

t.test('what an earlier run fetched as a whole needs no peer', async (t) => {
  const { content: part } = three;
  const { download, states, log } = scene(t, { part, left: leftPieces({ doubtful: [0, 1, 2] }) });
  t.match(await download.run(), { fetched: 0, size: part.length });
  t.same(states, ['queued', 'checking', 'finishing', 'complete']);
  t.same(log.lines, ['sync', 'sync-folder', 'complete film', 'unhint id']);
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
  watches.watchers.get('film')?.onPeers({ online: [ann, bob], gone: [], lost: [] });
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
      t.same(states, ['queued', 'downloading', state]);
      t.match(download.progress(), { error: { code }, verified: 262_144 });
      const ending = ['unwatch film', 'stopped film', 'sync', 'sync-folder', 'saved film 1'];
      ending.push('unhint id');
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
  t.same(states, ['queued', 'cancelled']);
  t.same(log.lines, ['failed film CANCELLED']);
  t.notOk(existsSync(partPath));
});

t.test('one that is stopped while it checks says why it was stopped', async (t) => {
  const left = leftPieces({ doubtful: [1] });
  const { download, states, threads } = scene(t, { part: three.content, left });
  threads.hash = async () => {
    void download.stop(new CancelledError('bye', 'TERMINATED'));
    throw new TrackerError('CANCELLED', 'the hashing was cancelled');
  };
  await t.rejects(download.run(), { code: 'TERMINATED' });
  t.same(states, ['queued', 'checking', 'cancelled']);
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
  t.same(states, ['queued', 'downloading', 'failed']);
  t.equal(clock.timerCount, 0);
});

t.test('a watch that is refused ends it', async (t) => {
  const { download, log, watches } = scene(t);
  watches.whoHas = async () => Promise.reject(new TrackerError('NOT_A_MEMBER', 'out'));
  await t.rejects(download.run(), { code: 'NOT_A_MEMBER' });
  const ending = ['stopped film', 'unhint id', 'failed film NOT_A_MEMBER'];
  t.same(log.lines, ['watch film', 'unwatch film', ...ending]);
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
  // Syncing takes real time, in which the clock stands still.
  while (log.of('saved').length === 0) {
    clock.pass(SAVE_KEPT_INTERVAL_MS);
    await new Promise(setImmediate);
  }
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
  t.same(states, ['queued', 'downloading', 'finishing', 'failed']);
  const ending = ['sync', 'stopped film', 'sync-folder', 'saved film 0,1,2', 'unhint id'];
  t.same(log.lines.slice(-6), [...ending, 'failed film DESTINATION_EXISTS']);
  t.equal(await readFile(path, 'utf8'), 'taken');
  t.ok(three.content.equals(await readFile(partPath)));
});

t.test('pieces that match make no file when its SHA-256 does not', async (t) => {
  const file = describedBytes(2, new Uint8Array(32));
  const { download, path } = scene(t, { file });
  await t.rejects(download.run(), { code: 'VERIFICATION_FAILED' });
  t.notOk(existsSync(path));
});
