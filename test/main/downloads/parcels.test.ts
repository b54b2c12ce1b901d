/** Small files and the connections that they share, over a pool without threads. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { FIRST_TURN } from '../../../src/main/home/download-turn.js';
import {
  DISK_WAIT_TOLD_MS,
  DOWNLOAD_TICK_MS,
  IDLE_PEER_CONNECTION_MS,
  MAX_FILES_PER_SESSION,
  MIN_PARCEL_FILES,
  PARCEL_GRUDGE_MS,
} from '../../../src/net/limits.js';
import { deferred } from '../../../src/net/deferred.js';
import { countedWriting } from '../../../src/net/write-count.js';
import { TrackerError } from '../../../src/net/errors.js';
import type { OnlinePeer } from '../../../src/net/tracker-api.js';
import {
  downloadKindOf,
  type DownloadRequest,
} from '../../../src/main/downloads/download-request.js';
import { Parcels } from '../../../src/main/downloads/parcels.js';
import type { ParcelFile } from '../../../src/workers/messages/parcel.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { FakeTransferPool } from '../../fixtures/fake-transfer-pool.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';

const [ann, bob] = [onlinePeer('ann'), onlinePeer('bob')];
const { description } = describedBytes(1);
const stamp = { size: 1, mtimeNs: 1n, inode: 2n, ctimeNs: 3n, device: 4n };

function requestFor(name: string, more: Partial<DownloadRequest> = {}): DownloadRequest {
  return {
    ...{ id: name, groupId: 'group', fileName: name, fileId: name, description },
    kind: downloadKindOf(description.layout),
    ...{ path: `/to/${name}`, partPath: `/to/${name}.part` },
    turn: FIRST_TURN,
    ...{ overwrite: false, timeoutMs: 0, firstPeers: [ann], isAgain: false, left: undefined },
    ...more,
  };
}

function scene(t: Test, threads = 2) {
  const clock = numberClock(t);
  const pool = new FakeTransferPool(threads);
  let permitted: (peer: OnlinePeer) => OnlinePeer['addresses'] = ({ addresses }) => addresses;
  const link = { transport: (): 'tls' => 'tls' };
  const parcels = new Parcels({
    pool: () => pool,
    tickets: { held: () => Uint8Array.of(1) },
    credentials: () => ({ keyPem: 'key', certPem: 'certificate' }),
    transport: () => link.transport(),
    rules: {
      permitted: (peer) => [...permitted(peer)],
      inOrder: (peer) => [...permitted(peer)],
      onDial() {},
      onUndialled() {},
      onNetworkChanged() {},
      onProven: () => true,
    },
    blockLength: 1024,
    hasher: 'wasm',
    rates: createRates({}),
    isSynced: true,
    nowMs: () => performance.now(),
  });
  const stopping = new AbortController();
  const diskWaits: (number | undefined)[] = [];
  const fetch = (name: string, more?: Partial<DownloadRequest>) =>
    parcels.fetch(requestFor(name, more), stopping.signal, (ms) => diskWaits.push(ms));
  const fetchMany = (count: number, more?: Partial<DownloadRequest>) =>
    Array.from({ length: count }, (_, index) => fetch(`file ${index}`, more));
  /** The files that a connection was told of. */
  const filesOf = (index: number): ParcelFile[] =>
    pool.parcels[index]!.posted.flatMap((order) => (order.type === 'fetch' ? order.files : []));
  const answerAll = (index: number): void => {
    const results = filesOf(index).map(({ number }) => ({ number, stamp }));
    pool.parcels[index]!.say({ type: 'results', results });
  };
  const permit = (rule: typeof permitted): void => void (permitted = rule);
  const asked = { fetch, fetchMany, filesOf, answerAll, permit, diskWaits };
  return { clock, pool, parcels, link, stopping, ...asked };
}

t.test('files that are wanted at once go together', async (t) => {
  const { pool, fetchMany, filesOf, answerAll } = scene(t);
  const fetched = fetchMany(MIN_PARCEL_FILES);
  await nextTurn();
  t.equal(pool.parcels.length, 1);
  t.match(pool.parcels[0]?.request, { peerDeviceId: 'ann', isSynced: true, transport: 'tls' });
  t.same(pool.parcels[0]?.orders, ['fetch'], 'in one message');
  t.match(filesOf(0)[1], { fileId: 'file 1', path: '/to/file 1', partPath: '/to/file 1.part' });
  answerAll(0);
  for (const outcome of await Promise.all(fetched)) {
    t.match(outcome, { kind: 'whole', stamp, peer: { deviceId: 'ann' } });
  }
});

t.test(
  'of a disk that takes none of them each is told, and that it takes them again',
  async (t) => {
    const { clock, pool, fetchMany, answerAll, diskWaits } = scene(t);
    const fetched = fetchMany(MIN_PARCEL_FILES);
    await nextTurn();
    clock.pass(2 * DISK_WAIT_TOLD_MS);
    t.same(diskWaits, [], 'nothing is written yet');
    const thaw = deferred<void>();
    const written = countedWriting(pool.parcels[0]!.request.writes, () => thaw.promise);
    clock.pass(2 * DISK_WAIT_TOLD_MS);
    t.ok(diskWaits.length >= MIN_PARCEL_FILES);
    t.ok(diskWaits.every((ms) => ms !== undefined && ms >= DISK_WAIT_TOLD_MS));
    thaw.resolve();
    await written;
    clock.pass(DOWNLOAD_TICK_MS);
    t.same(
      diskWaits.slice(-MIN_PARCEL_FILES),
      fetched.map(() => undefined),
    );
    answerAll(0);
    await Promise.all(fetched);
    const told = diskWaits.length;
    clock.pass(DISK_WAIT_TOLD_MS);
    t.equal(diskWaits.length, told, 'nothing is on its way');
  },
);

t.test('one alone goes the ordinary way, unless others are under way', async (t) => {
  const { pool, fetch, fetchMany, answerAll } = scene(t);
  t.match(await fetch('first'), { kind: 'alone' });
  t.equal(pool.parcels.length, 0);
  const fetched = fetchMany(MIN_PARCEL_FILES);
  await nextTurn();
  answerAll(0);
  await Promise.all(fetched);
  const later = fetch('later');
  await nextTurn();
  t.same(pool.parcels[0]?.orders, ['fetch', 'fetch']);
  answerAll(0);
  t.match(await later, { kind: 'whole' });
});

t.test('what has more to it goes the ordinary way at once', async (t) => {
  const { pool, fetch } = scene(t);
  const three = describedBytes(3).description;
  const others: Partial<DownloadRequest>[] = [
    { overwrite: true },
    { keepsOlder: true },
    { isAgain: true },
    { description: three, kind: downloadKindOf(three.layout) },
    { description: { ...description, sha256: new Uint8Array(32) } },
  ];
  const outcomes = await Promise.all(others.map((more, index) => fetch(`${index}`, more)));
  t.ok(outcomes.every(({ kind }) => kind === 'alone'));
  t.equal(pool.parcels.length, 0);
});

t.test('the files are spread over peers and threads', async (t) => {
  const { pool, fetchMany, filesOf, answerAll } = scene(t);
  const fetched = fetchMany(3 * MAX_FILES_PER_SESSION, { firstPeers: [ann, bob] });
  await nextTurn();
  t.same(
    pool.parcels.map(({ request }) => request.peerDeviceId),
    ['ann', 'bob'],
  );
  t.same([filesOf(0).length, filesOf(1).length], [24, 24]);
  answerAll(0);
  answerAll(1);
  await Promise.all(fetched);
});

t.test('what a connection did not bring goes the ordinary way, as does its peer', async (t) => {
  const { pool, clock, fetchMany, filesOf } = scene(t, 1);
  const fetched = fetchMany(MIN_PARCEL_FILES);
  await nextTurn();
  const { number } = filesOf(0)[0]!;
  pool.parcels[0]!.say({ type: 'results', results: [{ number, stamp: undefined }] });
  t.match(await fetched[0], { kind: 'alone' });
  pool.parcels[0]!.say({ type: 'ended', error: { code: 'CONNECTION_LOST', message: 'gone' } });
  for (const outcome of await Promise.all(fetched)) t.match(outcome, { kind: 'alone' });
  await Promise.all(fetchMany(MIN_PARCEL_FILES));
  t.equal(pool.parcels.length, 1, 'it is not tried again at once');
  clock.pass(PARCEL_GRUDGE_MS);
  const again = fetchMany(MIN_PARCEL_FILES);
  await nextTurn();
  t.equal(pool.parcels.length, 2);
  pool.parcels[1]!.say({ type: 'ended', error: undefined });
  await Promise.all(again);
});

t.test('nobody is dialled who may not be', async (t) => {
  const { pool, fetchMany, permit } = scene(t);
  permit(() => []);
  const outcomes = await Promise.all(fetchMany(MIN_PARCEL_FILES));
  t.ok(outcomes.every(({ kind }) => kind === 'alone'));
  t.equal(pool.parcels.length, 0);
});

t.test('what is wanted while the user logs out goes the ordinary way', async (t) => {
  const { pool, link, fetchMany } = scene(t);
  link.transport = () => {
    throw new TrackerError('NOT_LOGGED_IN', 'log in first');
  };
  const outcomes = await Promise.all(fetchMany(MIN_PARCEL_FILES));
  t.ok(outcomes.every(({ kind }) => kind === 'alone'));
  t.equal(pool.parcels.length, 0);
});

t.test('who stops waits for what the thread says, or not at all', async (t) => {
  const { pool, stopping, fetch, fetchMany, filesOf, answerAll } = scene(t);
  const fetched = fetchMany(MIN_PARCEL_FILES);
  await nextTurn();
  const waiting = fetch('late');
  stopping.abort();
  t.match(await waiting, { kind: 'alone' });
  t.match(await fetch('too late'), { kind: 'alone' });
  const given = pool.parcels[0]!.posted.flatMap((order) =>
    order.type === 'give-up' ? order.numbers : [],
  );
  t.same(
    given,
    filesOf(0).map(({ number }) => number),
  );
  answerAll(0);
  for (const outcome of await Promise.all(fetched)) t.match(outcome, { kind: 'whole' });
});

t.test('a connection idles for a while, and ends with its group or its client', async (t) => {
  const { pool, clock, parcels, fetchMany, answerAll } = scene(t);
  const use = async (index: number): Promise<void> => {
    const fetched = fetchMany(MIN_PARCEL_FILES);
    await nextTurn();
    answerAll(index);
    await Promise.all(fetched);
  };
  await use(0);
  parcels.onTicket('other', Uint8Array.of(2));
  parcels.onTicket('group', Uint8Array.of(2));
  t.same(pool.parcels[0]?.orders, ['fetch', 'ticket']);
  clock.pass(IDLE_PEER_CONNECTION_MS);
  t.same(pool.parcels[0]?.orders, ['fetch', 'ticket', 'close']);
  await use(1);
  parcels.closeGroup('other');
  parcels.closeGroup('group');
  t.same(pool.parcels[1]?.orders, ['fetch', 'close']);
  await use(2);
  parcels.closeIdle();
  t.same(pool.parcels[2]?.orders, ['fetch', 'close']);
  pool.parcels[2]!.say({ type: 'received', bytes: 7 });
  t.equal(parcels.receivedBytes, 7);
  parcels.close();
  const last = await Promise.all(fetchMany(MIN_PARCEL_FILES));
  t.ok(last.every(({ kind }) => kind === 'alone'));
  t.equal(pool.parcels.length, 3);
});
