import { eventLine } from '../../../src/main/terminal/event-lines.js';
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpsServer } from 'node:https';
import t, { type Test } from 'tap';
import { KnownTrackers } from '../../../src/main/tracker-link/known-trackers.js';
import { openHome } from '../../../src/main/home/home.js';
import type { TrackerCalls, TrackerPush } from '../../../src/main/tracker-link/tracker-calls.js';
import {
  TrackerLink,
  type TrackerLinkOptions,
} from '../../../src/main/tracker-link/tracker-link.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { TrackerError, type P2pError } from '../../../src/net/errors.js';
import { serverTlsOptions } from '../../../src/net/tls-identity.js';
import { MAX_EARLY_CALLS } from '../../../src/net/limits.js';
import { openTracker } from '../../tracker/tracker-client.js';
import { encodeToldTime } from '../../../src/net/told-time.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { startFaultTracker, type Answer } from './fault-tracker.js';
import { at } from '../../fixtures/incarnations.js';
import { testFolder } from '../../fixtures/test-folder.js';
import { TrackerAddresses } from '../../../src/main/tracker-link/tracker-addresses.js';

const credentials = createDeviceCredentials();

/** The options of a link that greets with nothing, and what it reported. */
async function linkOptions(t: Test, tracker: PeerAddress) {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const lines: string[] = [];
  const pushes: TrackerPush[] = [];
  const events = new EventEmitter();
  const options: TrackerLinkOptions = {
    addresses: new TrackerAddresses({ said: [tracker] }),
    credentials,
    knownTrackers: new KnownTrackers(home),
    onConnected: async () => {},
    onNotification: (push) => {
      pushes.push(push);
      events.emit('push');
    },
    onEvent: (event) => {
      const line = eventLine(event, (verb) => `p2p ${verb}`);
      lines.push(line);
      events.emit('line', line);
    },
  };
  return { options, home, lines, pushes, events };
}

async function connect(t: Test, options: TrackerLinkOptions): Promise<TrackerLink> {
  const link = await TrackerLink.connect(options);
  t.teardown(() => link.close());
  return link;
}

const answerStopShare: Answer = (method) =>
  method === 'stopShare' ? { fileId: 'a'.repeat(64), more: true } : {};

t.test('a call is answered, and what is not known of the answer is dropped', async (t) => {
  const trackerKey = createDeviceCredentials();
  const tracker = await startFaultTracker(t, { answer: answerStopShare, credentials: trackerKey });
  const { options } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  t.ok(link.isConnected);
  t.equal(link.trackerId, deviceIdOfCredentials(trackerKey));
  const result = await link.call('stopShare', { groupId: 'g', name: 'n' });
  t.same(result, { fileId: 'a'.repeat(64) });
});

t.test('an answer of the wrong shape is refused', async (t) => {
  const wrong = [null, 7, 'text', [], {}, { fileId: 7 }, { fileId: '../../etc/passwd' }];
  for (const result of wrong) {
    const tracker = await startFaultTracker(t, { answer: () => result });
    const { options } = await linkOptions(t, tracker.address);
    const link = await connect(t, options);
    await t.rejects(
      link.call('stopShare', { groupId: 'g', name: 'n' }),
      { name: 'TrackerError', code: 'PROTOCOL_VIOLATION' },
      JSON.stringify(result),
    );
  }
});

t.test('a file row that would name a path is refused', async (t) => {
  const row = { name: '../evil', size: 1, sources: 1, sharer: 'ann', fileId: 'a'.repeat(64) };
  const tracker = await startFaultTracker(t, { answer: () => ({ items: [row] }) });
  const { options } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  await t.rejects(link.call('listFiles', { groupId: 'g' }), { code: 'PROTOCOL_VIOLATION' });
});

t.test('a refusal of the tracker arrives with its code', async (t) => {
  const tracker = await startFaultTracker(t, {
    answer: (_method, _params, socket) => {
      const error = { code: -32000, message: 'no such group', data: { code: 'NO_SUCH_GROUP' } };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
    },
  });
  const { options } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  await t.rejects(link.call('joinGroup', { groupId: 'g' }), {
    name: 'TrackerError',
    code: 'NO_SUCH_GROUP',
    message: 'no such group',
  });
});

t.test('a call too large for one message is refused before it is sent', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const { options } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  await t.rejects(link.call('joinGroup', { groupId: 'g'.repeat(70_000) }), {
    code: 'LIMIT_REACHED',
  });
  t.same(tracker.methods, []);
});

t.test('notifications are checked; others are ignored and the link lives on', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const { options, pushes, lines, events } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  const push = (method: string, params: unknown) => {
    tracker.push(JSON.stringify({ jsonrpc: '2.0', method, params }));
  };
  const arrived = once(events, 'push');
  tracker.push('rubbish');
  tracker.push('{"jsonrpc":"2.0","id":99,"result":{}}');
  push('toString', {});
  push('fromTheFuture\u001b[2J', {});
  push('joinRequest', { groupId: 'g' });
  push('joinRequest', { groupId: 'g', userId: 'ann' });
  await arrived;
  t.same(pushes, [{ name: 'joinRequest', payload: { groupId: 'g', userId: 'ann' } }]);
  t.equal(lines.length, 4, 'and that it is connected');
  t.notMatch(lines.join(), /\u001b/);
  await link.call('joinGroup', { groupId: 'g' });
});

t.test('a message that comes along with the upgrade is heard', async (t) => {
  const epoch = { groupId: 'g', ...at(2), removedUsers: ['bob'] };
  const greeting = JSON.stringify({ jsonrpc: '2.0', method: 'epoch', params: epoch });
  const tracker = await startFaultTracker(t, { greeting });
  const { options, pushes, events } = await linkOptions(t, tracker.address);
  const arrived = once(events, 'push');
  await connect(t, options);
  await arrived;
  t.same(pushes, [{ name: 'epoch', payload: epoch }]);
});

t.test('binary and oversized messages end the connection', async (t) => {
  for (const greeting of [Buffer.from('{}'), 'x'.repeat(70_000)]) {
    const tracker = await startFaultTracker(t, { greeting });
    const { options } = await linkOptions(t, tracker.address);
    const onConnected: TrackerLinkOptions['onConnected'] = async (calls) => {
      await calls.call('joinGroup', { groupId: 'g' });
    };
    await t.rejects(TrackerLink.connect({ ...options, onConnected }), {
      code: 'CONNECTION_LOST',
    });
  }
});

t.test('where nobody listens, the message says so and what to do', async (t) => {
  const tracker = await startFaultTracker(t);
  await tracker.close();
  const { options } = await linkOptions(t, tracker.address);
  const { port } = tracker.address;
  await t.rejects(TrackerLink.connect(options), {
    code: 'TRACKER_UNREACHABLE',
    message: `cannot reach the tracker at 127.0.0.1:${port}: connection refused; check the address and that the tracker runs`,
  });
});

t.test('where something else listens, the message says so', async (t) => {
  const plain = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('220 welcome to another protocol\r\n');
  });
  const web = createHttpsServer(serverTlsOptions(createDeviceCredentials()), (_, response) => {
    response.writeHead(404).end();
  });
  const silent = createServer((socket) => socket.destroy());
  const cases = [
    [plain, /does not speak TLS/],
    [web, /is not a p2p tracker/],
    [silent, /closed the connection|disconnected/],
  ] as const;
  for (const [server, message] of cases) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { options } = await linkOptions(t, { host: '127.0.0.1', port });
    await t.rejects(TrackerLink.connect(options), { code: 'TRACKER_UNREACHABLE', message });
  }
});

/** What takes connections and says nothing. */
async function muteTracker(t: Test) {
  const mute = createServer((socket) => socket.on('error', () => {}));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.teardown(() => mute.close());
  const { port } = mute.address() as AddressInfo;
  const { options } = await linkOptions(t, { host: '127.0.0.1', port });
  return { mute, options };
}

t.test('where nobody answers, the attempt ends by itself', async (t) => {
  const { options } = await muteTracker(t);
  await t.rejects(TrackerLink.connect({ ...options, times: { connectTimeoutMs: 1 } }), {
    code: 'TRACKER_UNREACHABLE',
    message: /no answer; check the address/,
  });
});

t.test('an attempt can be given up', async (t) => {
  const { mute, options } = await muteTracker(t);
  const cancelled = { code: 'CANCELLED' };
  const givingUp = new AbortController();
  const { signal } = givingUp;
  const times = { connectTimeoutMs: 2 ** 30 };
  const given = t.rejects(TrackerLink.connect({ ...options, signal, times }), cancelled);
  await once(mute, 'connection');
  givingUp.abort();
  await given;
  await t.rejects(TrackerLink.connect({ ...options, signal, times }), cancelled);
});

t.test('a connection that answers no ping counts as lost', async (t) => {
  const tracker = await startFaultTracker(t, { isMute: true });
  const { options, events } = await linkOptions(t, tracker.address);
  const lost = once(events, 'lost');
  const onLost = (error: P2pError) => events.emit('lost', error);
  // A slow machine may miss the answer before the link is ready: then connecting ends so.
  const refused = connect(t, { ...options, times: { pingIntervalMs: 1 }, onLost }).then(
    () => lost,
    (error: unknown) => [error],
  );
  t.match(await refused, [{ code: 'CONNECTION_LOST' }]);
});

t.test('a connection that answers its pings stays', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options } = await linkOptions(t, tracker.address);
  const onLost = () => t.fail('lost a connection that was alive');
  const pinged = new Promise<void>((resolve) => {
    let count = 0;
    tracker.events.on('ping', () => {
      if (++count === 4) resolve();
    });
  });
  const link = await connect(t, { ...options, times: { pingIntervalMs: 100 }, onLost });
  await pinged;
  t.ok(link.isConnected);
});

t.test('a tracker with another key than before is sent nothing at all', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const { options, home } = await linkOptions(t, tracker.address);
  await new KnownTrackers(home).check(tracker.address, {
    deviceId: 'a'.repeat(64),
    isVouched: false,
  });
  const onConnected = async () => {
    t.fail('greeted a tracker whose key changed');
  };
  await t.rejects(TrackerLink.connect({ ...options, onConnected }), { code: 'IDENTITY_CHANGED' });
  t.equal(tracker.httpRequestCount, 0);
});

t.test('calls go along with the upgrade, and what does not fit behind it', async (t) => {
  const { address } = await openTracker(t);
  const { options } = await linkOptions(t, address);
  const account = { userId: 'anna', password: 'secret' };
  await (await connect(t, options)).call('createUser', account);
  const answers: Promise<unknown>[] = [];
  const early = (calls: TrackerCalls): void => {
    answers.push(calls.call('login', account).then(({ userId }) => userId));
    for (let one = 0; one < MAX_EARLY_CALLS; one++) answers.push(calls.call('listGroups', {}));
  };
  await connect(t, { ...options, early });
  const groups = Array.from({ length: MAX_EARLY_CALLS }, () => ({ items: [] }));
  t.same(await Promise.all(answers), ['anna', ...groups]);
});

t.test('calls that were lost on the way to the upgrade are sent again', async (t) => {
  // It knows nothing of the header.
  const tracker = await startFaultTracker(t, { answer: answerStopShare });
  const { options } = await linkOptions(t, tracker.address);
  let answer: Promise<unknown> | undefined;
  const early = (calls: TrackerCalls): void => {
    answer = calls.call('stopShare', { groupId: 'g', name: 'film' });
  };
  await connect(t, { ...options, early });
  t.same(await answer, { fileId: 'a'.repeat(64) });
  t.same(tracker.methods, ['stopShare']);
});

t.test('calls that were to go along fail with the dial', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options } = await linkOptions(t, tracker.address);
  await tracker.close();
  let answer: Promise<unknown> | undefined;
  const early = (calls: TrackerCalls): void => void (answer = calls.call('logout', {}));
  const dial = TrackerLink.connect({ ...options, early });
  await t.rejects(dial, { code: 'TRACKER_UNREACHABLE' });
  await t.rejects(answer!, { code: 'TRACKER_UNREACHABLE' });
});

t.test('when the first greeting fails, connect fails with its error', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options } = await linkOptions(t, tracker.address);
  const error = new TrackerError('NOT_LOGGED_IN', 'log in again');
  const onConnected = () => Promise.reject(error);
  await t.rejects(TrackerLink.connect({ ...options, onConnected }), error);
});

t.test('a lost link comes back, and calls wait until it has greeted', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const { options, lines } = await linkOptions(t, tracker.address);
  const greetings: boolean[] = [];
  const lost: string[] = [];
  const link = await connect(t, {
    ...options,
    onConnected: async (calls, isFirst) => {
      greetings.push(isFirst);
      await calls.call('goOnline', { addresses: [] }).catch(() => {});
    },
    onLost: (error) => lost.push(error.code),
  });
  tracker.methods.length = 0;
  const arrived = tracker.received('logout');
  tracker.cut();
  // Sent on the dead connection, or waiting already: never repeated by the link itself.
  await link.call('createGroup', { groupId: 'g' }).catch(() => {});
  await link.call('logout', {});
  await arrived;
  t.same(greetings, [true, false]);
  t.same(lost, ['CONNECTION_LOST']);
  t.equal(tracker.methods[0], 'goOnline');
  t.match(lines.at(-1), /connected again/);
});

t.test('a call whose connection is lost on the way fails at once', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  const arrived = tracker.received('createGroup');
  const call = link.call('createGroup', { groupId: 'g' });
  const failed = t.rejects(call, { code: 'CONNECTION_LOST' });
  await arrived;
  tracker.cut();
  await failed;
});

t.test('a tracker that comes back with another key is not believed', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const { options, events } = await linkOptions(t, tracker.address);
  const link = await connect(t, options);
  const refused = new Promise<void>((resolve) => {
    events.on('line', (line: string) => {
      if (line.includes('another key')) resolve();
    });
  });
  const { port } = tracker.address;
  await tracker.close();
  const impostor = await startFaultTracker(t, { answer: () => ({}), port });
  await refused;
  await t.rejects(link.call('logout', {}), { code: 'IDENTITY_CHANGED' });
  t.equal(impostor.httpRequestCount, 0);
});

t.test('a call waits for a lost tracker only so long', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options, events } = await linkOptions(t, tracker.address);
  const lost = once(events, 'lost');
  const onLost = () => events.emit('lost');
  const link = await connect(t, { ...options, times: { requestTimeoutMs: 1 }, onLost });
  await tracker.close();
  await lost;
  await t.rejects(link.call('logout', {}), { code: 'CONNECTION_LOST', message: /try again later/ });
  await t.rejects(link.whenReadySoon(), { code: 'CONNECTION_LOST' }, 'and so does who only asks');
});

t.test('whoever sits and waits hears of its return', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options, events } = await linkOptions(t, tracker.address);
  const lost = once(events, 'lost');
  const link = await connect(t, { ...options, onLost: () => events.emit('lost') });
  await link.whenReadySoon();
  tracker.cut();
  await lost;
  await link.whenReadySoon();
  t.ok(link.isConnected);
});

t.test('closing ends waiting calls, twice is once, and nothing stays alive', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options } = await linkOptions(t, tracker.address);
  const link = await TrackerLink.connect(options);
  const arrived = tracker.received('logout');
  const call = t.rejects(link.call('logout', {}), { code: 'CANCELLED' });
  await arrived;
  await Promise.all([link.close(), link.close()]);
  await call;
  t.notOk(link.isConnected);
  await t.rejects(link.call('logout', {}), { code: 'CANCELLED' });
});

t.test('closing works while the link is being regained', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options, events } = await linkOptions(t, tracker.address);
  const lost = once(events, 'lost');
  const link = await TrackerLink.connect({ ...options, onLost: () => events.emit('lost') });
  await tracker.close();
  await lost;
  const call = t.rejects(link.call('logout', {}), { code: 'CANCELLED' });
  await link.close();
  await call;
});

t.test('a ping of the tracker tells what time it is there', async (t) => {
  const tracker = await startFaultTracker(t, { answer: answerStopShare });
  const { options, events } = await linkOptions(t, tracker.address);
  const told: number[] = [];
  await connect(t, {
    ...options,
    onTime: (nowMs) => {
      told.push(nowMs);
      events.emit('time');
    },
  });
  for (const payload of [Buffer.alloc(0), Buffer.from('no time'), encodeToldTime(1_234)]) {
    for (const socket of tracker.sockets) socket.ping(payload);
  }
  if (told.length === 0) await once(events, 'time');
  t.same(told, [1_234], 'pings of older trackers tell nothing');
});

t.test('a tracker that leaves a question unanswered is said to be waited for', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => undefined });
  const { options, events } = await linkOptions(t, tracker.address);
  const link = await connect(t, { ...options, times: { silenceMs: 1 } });
  const said = new Promise<string>((resolve) => {
    events.on('line', (line: string) => {
      if (line.includes('has not answered yet')) resolve(line);
    });
  });
  const asking = link.call('listGroups', {}).catch(() => undefined);
  const { host, port } = tracker.address;
  t.equal(await said, `the tracker at ${host}:${port} has not answered yet; waiting for it`);
  await link.close();
  await asking;
});
