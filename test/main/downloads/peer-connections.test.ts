/** Connections and their leases, over a pool without threads and a clock that is a number. */
import { pieceLayout } from '../../../src/net/piece-layout.js';
import t, { type Test } from 'tap';
import { createRates } from '../../../src/main/engine/client-rates.js';
import {
  IDLE_PEER_CONNECTION_MS,
  MAX_CONNECTIONS_FOR_FURTHER,
  MAX_IDLE_PEER_CONNECTIONS,
  MIN_PIECE_LENGTH,
} from '../../../src/net/limits.js';
import { PeerError, type WireError } from '../../../src/net/errors.js';
import { nameHash } from '../../../src/net/name-hash.js';
import type { TaskOutcome } from '../../../src/workers/messages/thread.js';
import {
  PeerConnections,
  type ConnectionOptions,
  type FetchedFile,
  type FileMessage,
  type FileOrder,
} from '../../../src/main/downloads/peer-connections.js';
import { FakeTransferPool } from '../../fixtures/fake-transfer-pool.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { onlinePeer } from '../../fixtures/online-peer.js';

const lost: WireError = { code: 'CONNECTION_LOST', message: 'gone' };
const refused: WireError = { code: 'NO_SUCH_FILE', message: 'not here' };
const ready = {
  type: 'ready',
  bits: new Uint8Array(1),
  address: { host: 'h', port: 1 },
  latencyMs: 1,
} as const;

const wanted = { groupId: 'group', name: 'film', fileId: 'file' };

const options: Omit<ConnectionOptions, 'pool' | 'tickets'> = {
  credentials: () => ({ keyPem: 'key', certPem: 'certificate' }),
  transport: () => 'tls',
  rules: {
    permitted: ({ addresses }) => [...addresses],
    inOrder: ({ addresses }) => [...addresses],
    onDial() {},
    onUndialled() {},
    onNetworkChanged() {},
    onProven: () => true,
  },
  blockLength: 1024,
  pipelineBytes: 1024,
  hasher: 'wasm',
  rates: createRates({}),
};

function fileOf(fileId: string, groupId: string): FetchedFile {
  const pieceHashes = new SharedArrayBuffer(20);
  const layout = pieceLayout(3, MIN_PIECE_LENGTH)!;
  const content = { type: 'file', fd: 7 } as const;
  return { groupId, name: 'film', fileId, content, layout, pieceHashes };
}

/** The connections under test, the tasks of their dials, and leases that note what they hear. */
function scene(t: Test, rules: Partial<ConnectionOptions['rules']> = {}) {
  const clock = numberClock(t);
  const pool = new FakeTransferPool();
  const tickets = {
    held: (groupId: string) => (groupId === 'no ticket' ? undefined : Uint8Array.of(1)),
  };
  const connections = new PeerConnections({
    ...{ ...options, pool: () => pool, tickets },
    rules: { ...options.rules, ...rules },
  });
  const lease = (deviceId: string, fileId = 'file', groupId = 'group') => {
    const heard: FileMessage[] = [];
    const outcomes: (TaskOutcome | Error)[] = [];
    const running = connections.start(fileOf(fileId, groupId), onlinePeer(deviceId), (message) => {
      heard.push(message);
    });
    const { settled } = running;
    settled.then(
      (outcome) => outcomes.push(outcome),
      (error: Error) => outcomes.push(error),
    );
    const post = (order: FileOrder): void => running.post(order);
    return { post, settled, heard, outcomes };
  };
  /** A connection that a lease has used and given back. */
  const idle = (deviceId: string, groupId = 'group') => {
    lease(deviceId, 'file', groupId).post({ type: 'release' });
    const dialled = pool.sessions.at(-1)!;
    dialled.say({ type: 'released', error: undefined });
    dialled.say({ type: 'idle' });
    return dialled;
  };
  return { clock, dials: pool.sessions, connections, lease, idle };
}

t.test('a lease dials, hears what is said of its file, and speaks to the thread', async (t) => {
  const { dials, lease, connections } = scene(t);
  const { heard, post } = lease('ann');
  t.match(dials, [
    { request: { peerDeviceId: 'ann', first: { fileId: 'file', content: { fd: 7 } } } },
  ]);
  dials[0]?.say(ready);
  dials[0]?.say({ type: 'verified', pieces: [0] });
  t.same(heard, [ready, { type: 'verified', pieces: [0] }]);
  post({ type: 'fetch', pieces: [0] });
  t.same(dials[0]?.posted, [{ type: 'fetch', pieces: [0] }]);
  t.equal(connections.idleCount, 0);
});

t.test('every dial has what is the same for all, and the ticket of its group', (t) => {
  const { dials, lease, connections } = scene(t);
  lease('ann');
  lease('ann', 'file', 'no ticket');
  const { rates, hasher, blockLength, pipelineBytes } = options;
  for (const { request } of dials) {
    t.match(request, { transport: 'tls', hasher, blockLength, pipelineBytes });
    t.equal(request.rates, rates);
  }
  const shown = dials.map(({ request }) => request.ticket);
  t.same(shown, [Uint8Array.of(1), new Uint8Array(0)]);
  t.equal(connections.threadCount, 2);
  t.end();
});

t.test('a fresh ticket is shown on every connection of its group that is in use', (t) => {
  const { dials, lease, idle, connections } = scene(t);
  idle('ann');
  lease('bob');
  lease('bob', 'file', 'other');
  const done = lease('cat');
  done.post({ type: 'release' });
  connections.onTicket('group', Uint8Array.of(2));
  const told = dials.map(({ orders }) => orders);
  t.same(told, [['release'], ['ticket'], [], ['release']]);
  t.same(dials[1]?.posted, [{ type: 'ticket', ticket: Uint8Array.of(2) }]);
  t.end();
});

t.test('what comes in is counted over all connections', (t) => {
  const { dials, lease, connections } = scene(t);
  const { heard } = lease('ann');
  lease('bob', 'file', 'other');
  dials[0]?.say({ type: 'received', bytes: 3 });
  dials[1]?.say({ type: 'received', bytes: 4 });
  dials[1]?.say({ type: 'ended', error: lost });
  t.equal(connections.receivedBytes, 7);
  t.same(heard, [{ type: 'received', bytes: 3 }]);
  t.end();
});

t.test('a dial that fails ends its lease with the reason', async (t) => {
  const { dials, lease } = scene(t);
  const { heard, outcomes, settled } = lease('ann');
  dials[0]?.say({ type: 'ended', error: lost });
  t.same(heard, [{ type: 'ended', error: lost }]);
  t.same(outcomes, [], 'the thread may still know the file');
  dials[0]?.settle();
  t.same(await settled, { ok: true });
  t.equal(dials.length, 1, 'to dial again is for the download to decide');
});

t.test('a released connection serves the next file of the same device and group', async (t) => {
  const { dials, lease, connections } = scene(t);
  const first = lease('ann');
  dials[0]?.say(ready);
  first.post({ type: 'release' });
  t.same(first.heard, [ready]);
  dials[0]?.say({ type: 'released', error: undefined });
  t.same(first.heard.at(-1), { type: 'ended', error: undefined });
  t.same(await first.settled, { ok: true });
  t.equal(connections.idleCount, 0);
  dials[0]?.say({ type: 'idle' });
  t.equal(connections.idleCount, 1);

  const second = lease('ann', 'other');
  t.equal(dials.length, 1);
  t.equal(connections.idleCount, 0);
  const ticket = Uint8Array.of(1);
  t.match(dials[0]?.posted.at(-1), {
    type: 'open',
    file: { fileId: 'other', content: { fd: 7 } },
    ticket,
  });
  dials[0]?.say(ready);
  t.same(second.heard, [ready]);
  t.same(first.heard.length, 2, 'the first lease is over');
  first.post({ type: 'fetch', pieces: [0] });
  t.same(dials[0]?.orders, ['release', 'open']);
});

t.test('what does not fit an idle connection is dialled for', async (t) => {
  const { dials, lease, idle } = scene(t);
  idle('ann');
  lease('bob');
  lease('ann', 'file', 'other group');
  t.equal(dials.length, 3);
  lease('ann');
  t.equal(dials.length, 3, 'the idle one was left for this');
  lease('ann');
  t.equal(dials.length, 4, 'one lease at a time');
});

t.test('of several idle connections the one that was used last goes on', async (t) => {
  const { dials, lease, connections } = scene(t);
  for (const one of [lease('ann'), lease('ann')]) one.post({ type: 'release' });
  for (const dial of [dials[1], dials[0]]) {
    dial?.say({ type: 'released', error: undefined });
    dial?.say({ type: 'idle' });
  }
  t.equal(connections.idleCount, 2);
  lease('ann');
  t.same(dials[0]?.orders, ['release', 'open']);
  t.same(dials[1]?.orders, ['release']);
});

t.test('a file that the peer does not serve ends the lease alone', async (t) => {
  const { dials, lease, connections } = scene(t);
  const { heard, settled } = lease('ann');
  dials[0]?.say({ type: 'released', error: refused });
  dials[0]?.say({ type: 'idle' });
  t.same(heard, [{ type: 'ended', error: refused }]);
  t.same(await settled, { ok: true });
  t.equal(connections.idleCount, 1);
});

t.test('a connection that died while it idled is dialled again, unheard', async (t) => {
  const { dials, lease, idle } = scene(t);
  const dead = idle('ann');
  const { heard, post } = lease('ann', 'other');
  dead.say({ type: 'ended', error: lost });
  t.same(heard, []);
  t.equal(dials.length, 2);
  t.match(dials[1]?.request, { peerDeviceId: 'ann', first: { fileId: 'other' } });
  post({ type: 'fetch', pieces: [0] });
  t.same(dials[1]?.orders, ['fetch']);
  dials[1]?.say({ type: 'ended', error: lost });
  t.same(heard, [{ type: 'ended', error: lost }], 'but only once');
  t.equal(dials.length, 2);
});

t.test('it is not dialled again once it worked, or when nobody wants it', async (t) => {
  for (const before of ['ready', 'release', 'close'] as const) {
    await t.test(before, async (t) => {
      const { dials, lease, idle, connections } = scene(t);
      const used = idle('ann');
      const { heard, post } = lease('ann');
      if (before === 'ready') used.say(ready);
      else post({ type: before });
      used.say({ type: 'ended', error: lost });
      t.same(heard.at(-1), { type: 'ended', error: lost });
      t.equal(dials.length, 1);
      t.equal(connections.idleCount, 0);
    });
  }
});

t.test('an idle connection is closed after a while, one in use is not', async (t) => {
  const { clock, idle, lease, connections } = scene(t);
  const [first, second] = [idle('ann'), idle('bob')];
  lease('bob');
  clock.pass(IDLE_PEER_CONNECTION_MS - 1);
  t.same(first.orders, ['release']);
  clock.pass(1);
  t.same(first.orders, ['release', 'close']);
  t.same(second.orders, ['release', 'open']);
  first.say({ type: 'ended', error: undefined });
  t.equal(connections.idleCount, 0);
  t.equal(clock.timerCount, 0);
});

t.test('too many idle connections: the one idle longest is closed', async (t) => {
  const { idle, connections } = scene(t);
  const devices = Array.from(
    { length: MAX_IDLE_PEER_CONNECTIONS + 1 },
    (_, one) => `device ${one}`,
  );
  const dialled = devices.map((device) => idle(device));
  t.equal(connections.idleCount, MAX_IDLE_PEER_CONNECTIONS);
  t.same(
    dialled.map(({ orders }) => orders.includes('close')),
    devices.map((_, one) => one === 0),
  );
});

t.test('a crash of the thread reaches the lease', async (t) => {
  const { dials, lease } = scene(t);
  const { settled } = lease('ann');
  dials[0]?.crash(new Error('the thread is gone'));
  await t.rejects(settled, { message: 'the thread is gone' });
  lease('ann');
  t.equal(dials.length, 2);
});

t.test('leaving a group and logging out close what is idle, and only that', async (t) => {
  const { dials, idle, lease, connections } = scene(t);
  const [here, there] = [idle('ann', 'here'), idle('ann', 'there')];
  lease('bob', 'file', 'here');
  connections.closeGroup('here');
  t.same(here.orders, ['release', 'close']);
  t.same(there.orders, ['release']);
  t.same(dials[2]?.orders, []);
  lease('ann', 'file', 'here');
  t.equal(dials.length, 4, 'a closing connection takes no file');
  connections.closeIdle();
  t.same(there.orders, ['release', 'close']);
  t.same(dials[2]?.orders, []);
});

t.test('close ends every connection, and none idles or is dialled again', async (t) => {
  const { clock, dials, idle, lease, connections } = scene(t);
  const [idling, reused] = [idle('ann'), idle('bob')];
  const untried = lease('bob');
  const fresh = lease('cat');
  connections.close();
  connections.close();
  t.ok(dials.every(({ orders }) => orders.includes('close')));
  idling.say({ type: 'ended', error: undefined });
  reused.say({ type: 'ended', error: undefined });
  t.same(untried.heard, [{ type: 'ended', error: undefined }]);
  reused.settle();
  t.same(await untried.settled, { ok: true });
  dials[2]?.say({ type: 'released', error: undefined });
  dials[2]?.say({ type: 'idle' });
  t.same(await fresh.settled, { ok: true });
  t.equal(connections.idleCount, 0);
  t.equal(dials.length, 3);
  t.equal(clock.timerCount, 0);
});

t.test('a proof is told to those who wait for it, and taken note of', async (t) => {
  const proven: string[] = [];
  const clock = numberClock(t);
  const pool = new FakeTransferPool();
  const connections = new PeerConnections({
    ...options,
    pool: () => pool,
    tickets: { held: () => Uint8Array.of(1) },
    rules: {
      ...options.rules,
      onUndialled: (addresses) => void proven.push(...addresses.map(({ host }) => `spare ${host}`)),
      onNetworkChanged: () => void proven.push('forget'),
      permitted: ({ deviceId, addresses }) => (deviceId === 'liar' ? [] : [...addresses]),
      onDial: (addresses, deviceId) => void proven.push(`dial ${deviceId} ${addresses.length}`),
      onProven: ({ host }, deviceId) => proven.push(`proven ${deviceId} ${host}`) < 5,
    },
  });
  let told = 0;
  const forget = connections.onProof(() => told++);
  t.notOk(connections.mayStart(wanted, onlinePeer('liar'), 'first'));
  t.ok(connections.mayStart(wanted, onlinePeer('ann'), 'further'));
  connections.start(fileOf('file', 'group'), onlinePeer('ann'), () => undefined);
  const [session] = pool.sessions;
  session?.say({ type: 'proven', address: { host: 'tls', port: 1 } });
  session?.say(ready);
  session?.say({ type: 'ended', error: lost, proven: { host: 'there', port: 1 } });
  t.same(proven, ['dial ann 1', 'proven ann tls', 'proven ann h', 'proven ann there']);
  t.equal(told, 3);
  forget();
  connections.start(fileOf('file', 'group'), onlinePeer('bob'), () => undefined);
  pool.sessions[1]?.say(ready);
  t.equal(told, 3);
  t.equal(clock.timerCount, 0);
});

t.test(
  'a device with many connections gets no further ones, only those of other files',
  async (t) => {
    const { connections, lease } = scene(t);
    for (let count = 0; count < MAX_CONNECTIONS_FOR_FURTHER; count++) lease('ann');
    t.notOk(connections.mayStart(wanted, onlinePeer('ann'), 'further'));
    t.ok(connections.mayStart(wanted, onlinePeer('ann'), 'first'));
    t.ok(connections.mayStart(wanted, onlinePeer('bob'), 'further'));
  },
);

t.test('of those that were dialled ahead all are used, however many they are', (t) => {
  const { connections, dials, lease } = scene(t);
  const count = MAX_CONNECTIONS_FOR_FURTHER + 1;
  connections.dialAhead('group', onlinePeer('ann'), count, () => undefined);
  for (const dial of dials.slice(0, count)) {
    dial.say({ type: 'proven', address: { host: 'h', port: 1 } });
  }
  for (let used = 0; used < count; used++) {
    t.ok(connections.mayStart(wanted, onlinePeer('ann'), used === 0 ? 'first' : 'far'));
    lease('ann');
  }
  t.equal(dials.length, count);
  t.notOk(connections.mayStart(wanted, onlinePeer('ann'), 'far'));
  t.end();
});

t.test('other addresses of this machine are told, and idle connections are not kept', (t) => {
  const told: boolean[] = [];
  const { connections, idle, dials } = scene(t);
  const forget = connections.onProof((isOtherNetwork) => told.push(isOtherNetwork));
  idle('ann');
  connections.onNetworkChanged();
  t.ok(told.includes(true));
  t.equal(connections.idleCount, 0);
  t.same(dials[0]?.orders.at(-1), 'close');
  forget();
  t.end();
});

t.test('what was ordered of a connection that has died goes to the next one', (t) => {
  const { dials, lease, idle } = scene(t);
  const used = idle('ann');
  const { heard, post } = lease('ann');
  used.say({ type: 'asked', latencyMs: 1 });
  post({ type: 'fetch', pieces: [0, 1, 2, 3] });
  post({ type: 'cancel', pieces: [1, 2] });
  used.say({ type: 'returned', pieces: [1], rejected: false });
  used.say({ type: 'ended', error: lost });
  t.same(dials[1]?.posted, [{ type: 'fetch', pieces: [0, 3] }]);
  t.same(
    heard.map(({ type }) => type),
    ['asked', 'returned', 'returned'],
  );
  t.match(heard.at(-1), { pieces: [2], rejected: false });
  t.end();
});

t.test('what a connection has answered before it died is ordered of no other', (t) => {
  const { dials, lease, idle } = scene(t);
  const used = idle('ann');
  const { post } = lease('ann');
  used.say({ type: 'asked', latencyMs: 1 });
  post({ type: 'fetch', pieces: [0, 1, 2, 3] });
  used.say({ type: 'verified', pieces: [3] });
  used.say({ type: 'bad', piece: 1 });
  used.say({ type: 'ended', error: lost });
  t.same(dials[1]?.posted, [{ type: 'fetch', pieces: [0, 2] }]);
  t.end();
});

t.test('one that was dialled ahead serves the first file, once its key is known', (t) => {
  const { dials, lease, connections } = scene(t);
  const failed: string[] = [];
  connections.dialAhead('group', onlinePeer('ann'), 2, () => failed.push('ann'));
  t.match(dials[0]?.request, { first: undefined, transport: 'tls', peerDeviceId: 'ann' });
  t.equal(connections.idleCount, 0);
  dials[0]?.say({ type: 'accepted', latencyMs: 80 });
  dials[0]?.say({ type: 'proven', address: { host: 'h', port: 1 } });
  t.equal(connections.idleCount, 1);
  const { heard } = lease('ann');
  t.match(dials[0]?.posted, [{ type: 'open', file: { fileId: 'file' }, ticket: Uint8Array.of(1) }]);
  dials[0]?.say(ready);
  t.same(heard, [ready]);
  dials[1]?.say({ type: 'ended', error: lost });
  t.same(failed, ['ann']);
  lease('ann');
  t.equal(dials.length, 3, 'nobody waits for one that has not answered');
  connections.dialAhead('group', onlinePeer('ann'), 2, () => failed.push('ann'));
  t.equal(dials.length, 3, 'and it is not dialled again beside those that stand');
  connections.close();
  connections.dialAhead('group', onlinePeer('ann'), 2, () => failed.push('ann'));
  t.equal(dials.length, 3);
  t.end();
});

t.test('one that was dialled ahead and is silent keeps nobody from dialling', (t) => {
  const { dials, lease, connections, clock } = scene(t);
  connections.dialAhead('group', onlinePeer('ann'), 1, () => undefined);
  lease('ann');
  t.equal(dials.length, 2);
  dials[0]?.say({ type: 'proven', address: { host: 'h', port: 1 } });
  t.equal(connections.idleCount, 1);
  clock.pass(IDLE_PEER_CONNECTION_MS);
  t.same(dials[0]?.orders, ['close'], 'and ends when it is not needed');
  t.end();
});

t.test('what was asked for on a guess serves that file, and what was not any other', (t) => {
  const { dials, lease, connections } = scene(t);
  const at = { host: 'h', port: 1 };
  const layout = pieceLayout(3, MIN_PIECE_LENGTH)!;
  const guess = { file: { fileId: 'file', layout }, ticket: Uint8Array.of(2) };
  connections.dialAhead('group', onlinePeer('ann'), 1, () => undefined);
  connections.dialAhead('group', onlinePeer('ann'), 3, () => undefined);
  t.equal(dials.length, 3, 'more of it when more is likely wanted');
  for (const dial of dials.slice(0, 3)) dial.say({ type: 'proven', address: at });
  t.equal(connections.untouchedTo('group', 'ann'), 3);
  connections.guess('group', 'ann', guess, [[4, 5], [6]]);
  t.equal(connections.untouchedTo('group', 'ann'), 1);
  t.match(dials[0]?.posted, [{ type: 'guess', ...guess, pieces: [4, 5] }]);
  t.match(dials[1]?.posted, [{ type: 'guess', ...guess, pieces: [6] }]);
  t.same(dials[2]?.orders, []);
  lease('ann');
  t.match(dials[1]?.posted.slice(1), [{ type: 'open', ticket: Uint8Array.of(1) }]);
  lease('ann', 'newer version');
  t.same(dials[0]?.orders, ['guess'], 'what was guessed for another download is left to it');
  t.same(dials[2]?.orders, ['open']);
  t.equal(dials.length, 3);
  connections.guess('group', 'ann', guess, [[7]]);
  t.notOk(
    dials.some(({ posted }) => posted.some((one) => one.type === 'guess' && one.pieces[0] === 7)),
    'nothing is guessed where a file was wanted already',
  );
  t.end();
});

t.test('what was asked for by a name serves the file of that name', (t) => {
  const { dials, lease, connections } = scene(t);
  const gone: string[] = [];
  connections.dialAhead('group', onlinePeer('ann'), 4, () => gone.push('ann'));
  for (const dial of dials) dial.say({ type: 'proven', address: { host: 'h', port: 1 } });
  const ticket = Uint8Array.of(2);
  const part = { parts: 2, start: 5 };
  const parts = [0, 1].map((number) => ({ ...part, part: number }));
  connections.find('group', 'ann', { name: 'film', ticket }, parts);
  connections.find('group', 'ann', { name: 'song', ticket }, [{ part: 0, parts: 1, start: 0 }]);
  t.equal(connections.untouchedTo('group', 'ann'), 1);
  const question = { nameHash: nameHash('group', 'film'), ...part, part: 0 };
  t.match(dials[0]?.posted, [{ type: 'find', question, ticket }]);
  t.match(dials[2]?.posted, [{ type: 'find', question: { nameHash: nameHash('group', 'song') } }]);
  dials[0]?.say({ type: 'found' });
  dials[2]?.say({ type: 'found' });
  lease('ann');
  t.same(dials[0]?.orders, ['find', 'open'], 'first where some of it comes');
  lease('ann');
  t.same(dials[1]?.orders, ['find', 'open'], 'then where it was asked for');
  lease('ann');
  t.same(dials[3]?.orders, ['open'], 'and what was asked for under another name is left alone');
  t.same(dials[2]?.orders, ['find']);
  const error = { code: 'CONNECTION_LOST', message: 'gone' } as const;
  dials[1]?.say({ type: 'ended', error });
  t.equal(dials.length, 5, 'one that had ended while it idled is dialled again');
  t.same(gone, []);
  dials[0]?.say({ type: 'ended', error: { code: 'PIECE_MISMATCH', message: 'another file' } });
  t.equal(dials.length, 5, 'one that named another file is not');
  t.same(gone, ['ann'], 'and is forgotten as one that was met');
  t.end();
});

t.test('one on which a name stood for nothing is for any file', (t) => {
  const { dials, connections, lease } = scene(t);
  connections.dialAhead('group', onlinePeer('ann'), 1, () => undefined);
  dials[0]?.say({ type: 'proven', address: { host: 'h', port: 1 } });
  const asked = { name: 'song', ticket: Uint8Array.of(2) };
  connections.find('group', 'ann', asked, [{ part: 0, parts: 1, start: 0 }]);
  dials[0]?.say({ type: 'unasked' });
  lease('ann');
  t.equal(dials.length, 1);
  t.same(dials[0]?.orders, ['find', 'open']);
  t.end();
});

t.test('a connection with a wrong guess is none on which a file may be begun', (t) => {
  const { dials, connections } = scene(t, { permitted: () => [] });
  connections.dialAhead('group', onlinePeer('ann'), 1, () => undefined);
  dials[0]?.say({ type: 'proven', address: { host: 'h', port: 1 } });
  const layout = pieceLayout(3, MIN_PIECE_LENGTH)!;
  const guess = { file: { fileId: 'file', layout }, ticket: Uint8Array.of(2) };
  connections.guess('group', 'ann', guess, [[0]]);
  t.ok(connections.mayStart(wanted, onlinePeer('ann'), 'first'));
  t.notOk(connections.mayStart({ ...wanted, fileId: 'other' }, onlinePeer('ann'), 'first'));
  t.end();
});

t.test('where a peer was met is told, but not where one came from', (t) => {
  const met: string[] = [];
  const pool = new FakeTransferPool();
  const connections = new PeerConnections({
    ...options,
    pool: () => pool,
    tickets: { held: () => undefined },
    onMet: (groupId, { deviceId }, { address, latencyMs }) =>
      met.push(`${groupId} ${deviceId} ${address.host} ${latencyMs}`),
  });
  for (const name of ['ann', 'bob'])
    connections.start(fileOf('file', 'group'), onlinePeer(name), () => undefined);
  pool.sessions[0]?.say(ready);
  pool.sessions[1]?.say({ ...ready, way: 'called' });
  t.same(met, ['group ann h 1']);
  t.end();
});

t.test('for the distance a peer is called again, for idle threads it is not', (t) => {
  const pool = new FakeTransferPool();
  const opened: string[] = [];
  const way = (name: string, isRelay: boolean) => ({
    isRelay,
    open: () => {
      opened.push(name);
      return Promise.reject(new PeerError('PEER_UNREACHABLE', 'no'));
    },
  });
  const connections = new PeerConnections({
    ...options,
    pool: () => pool,
    tickets: { held: () => Uint8Array.of(1) },
    rules: { ...options.rules, permitted: () => [] },
    late: { isThere: () => true, to: () => [way('call', false), way('relay', true)] },
  });
  const ann = onlinePeer('ann');
  t.ok(connections.mayStart(wanted, ann, 'first'));
  t.notOk(connections.mayStart(wanted, ann, 'further'));
  t.ok(connections.mayStart(wanted, ann, 'far'));
  return new Promise<void>((resolve) => {
    connections.start(
      fileOf('file', 'group'),
      ann,
      ({ type }) => {
        if (type !== 'ended') return;
        t.same(opened, ['call'], 'and a relay is left for the first one');
        resolve();
      },
      'far',
    );
  });
});
