/** What a client does when its tracker has too many newcomers, or wants its clients back one by one. */
import { EventEmitter, once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { KnownTrackers } from '../../../src/main/tracker-link/known-trackers.js';
import { TrackerAddresses } from '../../../src/main/tracker-link/tracker-addresses.js';
import {
  TrackerLink,
  type TrackerLinkOptions,
} from '../../../src/main/tracker-link/tracker-link.js';
import { DoubtPatience } from '../../../src/main/tracker-link/doubt-patience.js';
import { TrackerConnection } from '../../../src/main/tracker-link/tracker-connection.js';
import { BUSY_ALERT } from '../../../src/net/busy-alert.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { CancelledError } from '../../../src/net/errors.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { testFolder } from '../../fixtures/test-folder.js';
import { startFaultTracker } from './fault-tracker.js';

const credentials = createDeviceCredentials();

async function linkOptions(t: Test, tracker: PeerAddress) {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const events = new EventEmitter();
  const options: TrackerLinkOptions = {
    addresses: new TrackerAddresses({ said: [tracker] }),
    credentials,
    knownTrackers: new KnownTrackers(home),
    onConnected: async () => {},
    onNotification: () => undefined,
    onEvent: (event) => events.emit(event.type, event),
  };
  return { options, events };
}

/** What stands before a tracker and tells so many newcomers to come back. */
async function startBusyFront(t: Test, tracker: PeerAddress, busyLeft: number) {
  const front = { dials: 0, busyLeft, address: { host: '127.0.0.1', port: 0 } };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    front.dials++;
    if (front.busyLeft-- > 0) {
      socket.once('data', () => socket.end(BUSY_ALERT));
      return;
    }
    const on = connectTcp(tracker.port, tracker.host);
    sockets.add(on);
    on.on('error', () => undefined);
    on.once('close', () => socket.destroy());
    socket.once('close', () => on.destroy());
    socket.pipe(on).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  front.address.port = (server.address() as AddressInfo).port;
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return front;
}

t.test('who dials for the first time dials again, and what goes along is sent once', async (t) => {
  const tracker = await startFaultTracker(t, { answer: () => ({}) });
  const front = await startBusyFront(t, tracker.address, 1);
  const { options } = await linkOptions(t, front.address);
  let early: Promise<unknown> | undefined;
  const link = await TrackerLink.connect({
    ...options,
    early: (calls) => {
      early = calls.call('logout', {});
    },
  });
  t.teardown(() => link.close());
  await early;
  t.equal(front.dials, 2);
  t.same(tracker.methods, ['logout']);
});

t.test('when the time of an attempt is over it is said why', async (t) => {
  const front = await startBusyFront(t, { host: '127.0.0.1', port: 1 }, Infinity);
  const { options } = await linkOptions(t, front.address);
  await t.rejects(TrackerLink.connect({ ...options, times: { connectTimeoutMs: 500 } }), {
    code: 'BUSY',
    message: `the tracker at 127.0.0.1:${front.address.port} has more newcomers than it can take at the moment; try again in a minute`,
  });
});

t.test('an attempt can be given up while it waits', async (t) => {
  const front = await startBusyFront(t, { host: '127.0.0.1', port: 1 }, Infinity);
  const { options } = await linkOptions(t, front.address);
  const givingUp = new AbortController();
  const { signal } = givingUp;
  const given = t.rejects(TrackerLink.connect({ ...options, signal }), { code: 'CANCELLED' });
  while (front.dials === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  givingUp.abort();
  await given;
});

t.test('a lost link waits for a tracker that is busy, and comes back', async (t) => {
  const tracker = await startFaultTracker(t);
  const front = await startBusyFront(t, tracker.address, 0);
  const { options, events } = await linkOptions(t, front.address);
  const link = await TrackerLink.connect(options);
  t.teardown(() => link.close());
  const stillLost = once(events, 'tracker-still-lost');
  const back = once(events, 'tracker-back');
  front.busyLeft = 1;
  tracker.cut();
  t.match(await stillLost, [{ error: { code: 'BUSY' } }]);
  await back;
  t.ok(link.isConnected);
  t.equal(front.dials, 3);
});

t.test('who sits and waits comes back at once, whatever the tracker asked for', async (t) => {
  const tracker = await startFaultTracker(t);
  const { options, events } = await linkOptions(t, tracker.address);
  const lost = once(events, 'tracker-lost');
  const link = await TrackerLink.connect(options);
  t.teardown(() => link.close());
  for (const socket of tracker.sockets) socket.close(1001, '{"retryAfterMs":999999999}');
  await lost;
  await link.whenReadySoon();
  t.ok(link.isConnected);
});

t.test('and so does a change that is asked for again', async (t) => {
  let asked = 0;
  const tracker = await startFaultTracker(t, {
    keepsAnswers: true,
    answer: (_method, _params, socket) => {
      if (++asked > 1) return {};
      socket.close(1001, '{"retryAfterMs":999999999}');
      return undefined;
    },
  });
  const { options } = await linkOptions(t, tracker.address);
  const link = await TrackerLink.connect(options);
  t.teardown(() => link.close());
  t.same(await link.call('joinGroup', { groupId: 'g' }), {});
  t.same(tracker.methods, ['joinGroup', 'joinGroup']);
});

t.test(
  'a tracker that has no time has answered: nobody waits for it before the next question',
  async (t) => {
    let asked = 0;
    const tracker = await startFaultTracker(t, {
      answer: (_method, _params, socket) => {
        if (++asked > 2) return { items: [] };
        const data = { code: 'BUSY', retryAfterMs: 1 };
        const error = { code: -32_000, message: 'not now', data };
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: asked, error }));
        return undefined;
      },
    });
    const { options } = await linkOptions(t, tracker.address);
    const watched: string[] = [];
    const connection = await TrackerConnection.open({
      target: { ...options, pingIntervalMs: 60_000 },
      signal: new AbortController().signal,
      watch: async (asking) => {
        watched.push('asked');
        try {
          return await asking;
        } finally {
          watched.push('answered');
        }
      },
      patience: new DoubtPatience(),
      connectTimeoutMs: 60_000,
      requestTimeoutMs: 60_000,
      onNotification: () => undefined,
      onEnded: () => undefined,
    });
    t.teardown(() => connection.close(new CancelledError('it is over')));
    await connection.calls.call('listGroups', {});
    t.strictSame(watched, Array.from({ length: 3 }, () => ['asked', 'answered']).flat());
  },
);
