import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openHome } from '../../src/main/home/home.js';
import { loadDeviceCredentials } from '../../src/main/home/device-key-file.js';
import { KnownTrackers } from '../../src/main/tracker-link/known-trackers.js';
import { listAll, type TrackerCalls } from '../../src/main/tracker-link/tracker-calls.js';
import { TrackerLink } from '../../src/main/tracker-link/tracker-link.js';
import { describe, encodeDescription, fileIdOf } from '../../src/net/description.js';
import { deviceIdOfCredentials } from '../../src/net/device-identity.js';
import { MiB } from '../../src/net/limits.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import type { PeerAddress, SessionInfo } from '../../src/net/tracker-api.js';
import { startTracker, type Tracker } from '../../src/tracker/tracker.js';
import { CHEAP_PASSWORDS } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';
import { TrackerAddresses } from '../../src/main/tracker-link/tracker-addresses.js';

const description = encodeDescription(describe(pieceLayout(3 * MiB, MiB)!, new Uint8Array(60)));
const fileId = fileIdOf(description);
const addresses = [{ host: '127.0.0.1', port: 3000 }];

/** Which device the tracker finds at which port; nothing listens there. */
const holders = new Map<number, string>();

async function start(t: Test, dataDir: string, port = 0): Promise<Tracker> {
  const dialBack = async (address: PeerAddress): Promise<string> => holders.get(address.port) ?? '';
  const where = { host: '127.0.0.1', port, dataDir };
  const quick = { passwordCost: CHEAP_PASSWORDS, log: () => {} };
  const how = { peerTransport: 'tls', dialBack, ...quick } as const;
  const tracker = await startTracker({ ...where, ...how });
  t.teardown(() => tracker.close());
  return tracker;
}

/** A link that resumes its session, as an engine's does; `events` emits each notification. */
async function connect(t: Test, folder: string, tracker: PeerAddress) {
  const home = await openHome({ P2P_HOME: folder });
  const credentials = await loadDeviceCredentials(home);
  const deviceId = deviceIdOfCredentials(credentials);
  const events = new EventEmitter();
  const session: { token?: string; info?: SessionInfo } = {};
  const resume = async (calls: TrackerCalls, isFirst: boolean): Promise<void> => {
    if (session.token === undefined) return;
    session.info = await calls.call('resume', { token: session.token });
    events.emit('resumed', isFirst);
  };
  const link = await TrackerLink.connect({
    addresses: new TrackerAddresses({ said: [tracker] }),
    credentials,
    knownTrackers: new KnownTrackers(home),
    onConnected: resume,
    onNotification: ({ name, payload }) => events.emit(name, payload),
    onEvent: () => {},
  });
  t.teardown(() => link.close());
  return { link, events, session, deviceId };
}

async function logIn(t: Test, folder: string, tracker: PeerAddress, userId: string) {
  const client = await connect(t, folder, tracker);
  await client.link.call('createUser', { userId, password: 'secret' });
  const { token, ...info } = await client.link.call('login', { userId, password: 'secret' });
  client.session.token = token;
  client.session.info = info;
  return client;
}

t.test('every answer and notification of the tracker is understood', async (t) => {
  const folder = testFolder(t);
  const tracker = await start(t, join(folder, 'tracker'));
  const ann = await logIn(t, join(folder, 'ann'), tracker.address, 'ann');
  const bob = await logIn(t, join(folder, 'bob'), tracker.address, 'bob');
  t.equal(ann.link.trackerId, tracker.deviceId);
  t.match(ann.session.info, { userId: 'ann', peerTransport: 'tls', groups: [] });

  const asked = once(ann.events, 'joinRequest');
  const accepted = once(bob.events, 'membership');
  await ann.link.call('createGroup', { groupId: 'g' });
  t.same(await listAll(bob.link, 'listGroups', {}), ['g']);
  await bob.link.call('joinGroup', { groupId: 'g' });
  t.same(await asked, [{ groupId: 'g', userId: 'bob' }]);
  t.same(await listAll(ann.link, 'listRequests', { groupId: 'g' }), ['bob']);
  await ann.link.call('acceptRequest', { groupId: 'g', userId: 'bob' });
  t.match(await accepted, [{ groupId: 'g', state: 'member' }]);
  t.match(await listAll(ann.link, 'listMemberships', {}), [{ groupId: 'g', role: 'owner' }]);

  for (const [n, { link, events, deviceId }] of [ann, bob].entries()) {
    const own = { addresses: [{ host: '127.0.0.1', port: 3000 + n }] };
    holders.set(3000 + n, deviceId);
    const found = once(events, 'reach');
    t.same(await link.call('goOnline', own), { ...own, seen: '127.0.0.1' });
    const tried = own.addresses.map((address) => ({ ...address, outcome: 'answered' }));
    t.same(await found, [{ ...own, tried }]);
  }
  const share = { groupId: 'g', name: 'film.mkv', fileId };
  const inline = { ...share, description: description.toString('base64') };
  t.same(await ann.link.call('shareFile', inline), { outcome: 'created' });
  const row = { name: 'film.mkv', size: 3 * MiB, sources: 1, sharer: 'ann', fileId };
  const files = [{ groupId: 'g', fileId, state: 'complete' as const }];
  t.same(await ann.link.call('announce', { files }), { refused: [] });
  t.match(await listAll(bob.link, 'listFiles', { groupId: 'g' }), [row]);
  t.match(await bob.link.call('fileInfo', { groupId: 'g', name: 'film.mkv' }), {
    ...row,
    descriptionBytes: description.length,
  });
  const slice = await bob.link.call('getDescription', { groupId: 'g', fileId, offset: 0 });
  t.equal(slice.bytes, description.toString('base64'));

  const names = ['film.mkv', 'none'];
  const described = await bob.link.call('describeFiles', { groupId: 'g', names, wantPeers: true });
  t.match(described.files, [
    { ...row, description: slice.bytes, peers: [{ userId: 'ann', addresses, complete: true }] },
    { code: 'NO_SUCH_FILE' },
  ]);
  t.ok(described.ticket);
  t.same(
    await bob.link.call('shareFiles', {
      groupId: 'g',
      files: [
        { name: 'film.mkv', fileId },
        { name: 'other', fileId: '0'.repeat(64) },
      ],
      announce: true,
    }),
    {
      outcomes: [
        { outcome: 'source-added' },
        {
          code: 'NEED_DESCRIPTION',
          message: 'this content is new; send its description first',
        },
      ],
    },
  );
  t.match(await listAll(ann.link, 'listFiles', { groupId: 'g' }), [{ ...row, sources: 2 }]);
  t.same(await bob.link.call('stopShare', { groupId: 'g', name: 'film.mkv' }), { fileId });

  const watched = await bob.link.call('watch', { groupId: 'g', fileId });
  t.match(watched.peers, [{ userId: 'ann', addresses, complete: true }]);
  t.match(await bob.link.call('ticket', { groupId: 'g' }), { epoch: watched.epoch });
  const gone = once(bob.events, 'peers');
  t.same(await ann.link.call('stopShare', { groupId: 'g', name: 'film.mkv' }), { fileId });
  t.match(await gone, [{ groupId: 'g', fileId, online: [] }]);
  await bob.link.call('unwatch', { groupId: 'g', fileId });

  const epoch = once(ann.events, 'epoch');
  t.same(await bob.link.call('leaveGroup', { groupId: 'g' }), { groupEnded: false });
  t.match(await epoch, [{ groupId: 'g', removedUsers: ['bob'] }]);
  await t.rejects(listAll(bob.link, 'listFiles', { groupId: 'g' }), { code: 'NOT_A_MEMBER' });
  await ann.link.call('logout', {});
});

t.test('the link comes back to a restarted tracker and resumes its session', async (t) => {
  const folder = testFolder(t);
  const dataDir = join(folder, 'tracker');
  const tracker = await start(t, dataDir);
  const ann = await logIn(t, join(folder, 'ann'), tracker.address, 'ann');
  await ann.link.call('createGroup', { groupId: 'g' });
  const resumed = once(ann.events, 'resumed');
  await tracker.close();
  await start(t, dataDir, tracker.address.port);
  t.same(await resumed, [false]);
  await ann.link.call('createGroup', { groupId: 'h' });
  t.match(ann.session.info, { userId: 'ann', groups: [{ groupId: 'g', role: 'owner' }] });
});

t.test('a tracker that was set up anew has another key and is refused', async (t) => {
  const folder = testFolder(t);
  const tracker = await start(t, join(folder, 'one'));
  const { link } = await connect(t, join(folder, 'home'), tracker.address);
  await link.close();
  await tracker.close();
  const anew = await start(t, join(folder, 'two'), tracker.address.port);
  await t.rejects(connect(t, join(folder, 'home'), anew.address), { code: 'IDENTITY_CHANGED' });
});
