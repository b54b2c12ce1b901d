/** Whether a client can be reached, and what a session makes of that. */
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { PeerError, StorageError, type P2pError } from '../../../src/net/errors.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { Memberships } from '../../../src/main/account/memberships.js';
import { Online, type OnlineOptions } from '../../../src/main/engine/online.js';
import { FakeAccountLink, fakeSession } from '../../fixtures/fake-account-link.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { at, INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';

const here = { host: 'here', port: 7 };
const skipped = [{ groupId: 'chess', name: 'film', reason: 'it is gone' }];
const session = fakeSession({
  ticketKey: Buffer.from('key').toString('base64'),
  groups: [{ groupId: 'chess', ...at(3), role: 'member' }],
});

/** The one under test; its owners note what they are asked, a line each. Nobody is logged in. */
function scene(options: Partial<OnlineOptions> = {}) {
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const tracker = new FakeTrackerCalls({
    goOnline: ({ addresses }) => {
      note(`register ${addresses.map(({ host, port }) => `${host}:${port}`).join()}`);
      return { addresses };
    },
    listMemberships: ({ after }) =>
      after === undefined
        ? { items: [{ groupId: 'chess', ...at(3), role: 'member' }], next: 'chess' }
        : { items: [{ groupId: 'music', ...at(4), role: 'owner' }] },
  });
  const link = new FakeAccountLink(tracker);
  link.session = undefined;
  const serving = {
    address: undefined as PeerAddress | undefined,
    get addresses() {
      return serving.address ? [serving.address] : [];
    },
    follow: async () => {
      note('follow');
      return true;
    },
    start: async (transport: string) => {
      note(`listen ${transport}`);
      return (serving.address = here);
    },
    trust: ({ ticketKey }: { ticketKey: Uint8Array }) =>
      note(`trust ${Buffer.from(ticketKey).toString()}`),
  };
  const memberships = new Memberships();
  const limits = { load: async (): Promise<void> => undefined };
  const events: ClientEvent[] = [];
  const stopped: P2pError[] = [];
  const online = new Online(
    {
      link,
      serving,
      reach: {
        register: async (calls, addresses) => void (await calls.call('goOnline', { addresses })),
        end: () => note('end reach'),
      },
      uploads: {
        onStanding: ({ groupId, epoch }) => note(`epoch ${groupId} ${epoch}`),
        withdrawAll: (code) => note(`withdraw ${code}`),
      },
      shares: {
        restore: async () => {
          note('restore');
          return { restored: 2, skipped };
        },
        announceAll: async () => {
          note('announce');
          return [{ groupId: 'chess', name: 'film', fileId: 'a', sharer: 'ann' }];
        },
        end: () => note('end proofs'),
      },
      listings: { clear: () => note('clear listings') },
      scrub: { start: () => note('scrub'), stop: () => note('stop scrub') },
      memberships,
      onRole: (groupId, role) => note(`role ${groupId} ${role}`),
      onReplaced: ({ name }) => note(`newer ${name}`),
      removeLeft: () => note('remove what is left'),
      leaveGroup: (_, groupId, { message }) => note(`leave ${groupId}: ${message}`),
      tickets: { clear: () => note('clear tickets') },
      watches: { onTrackerBack: async () => note('watch again') },
      fileNews: { onTrackerBack: () => note('follow again') },
      endSyncs: async () => note('end syncs'),
      downloads: {
        stopWhere: async (matches, error) => {
          note('stop downloads');
          if (matches({} as never)) stopped.push(error);
        },
      },
      desk: { resumeUnfinished: async () => note('resume downloads') },
      connections: { closeIdle: () => note('close idle'), onTicket: () => note('ticket') },
      parcels: { closeIdle: () => note('close idle parcels') },
      limits,
      emit: (event) => events.push(event),
    },
    {
      remember: false,
      isStaying: true,
      isScrubbing: false,
      lockHome: async () => note('lock'),
      ...options,
    },
  );
  const take = (): string[] => log.splice(0);
  return { online, link, tracker, serving, memberships, limits, events, stopped, take };
}

const register = ['listen tcp', 'trust key', 'register here:7'];
const restore = ['restore', 'remove what is left', 'resume downloads'];

t.test('a start takes the lock before it listens, once for everybody', async (t) => {
  const { online, serving, take } = scene();
  t.notOk(serving.address);
  const starts = [online.start(), online.start()];
  t.same(await Promise.all(starts), [here, here]);
  t.equal(await online.start(), await starts[0]);
  t.ok(serving.address);
  t.same(take(), ['lock', 'listen tls'], 'nobody is logged in');
});

t.test('a start goes online when somebody is logged in, the remembered one too', async (t) => {
  for (const [remember, first] of [
    [false, 'listen tls'],
    [true, 'listen tcp'],
  ] as const) {
    const { online, link, take, events } = scene({ remember });
    link.session = session;
    await online.start();
    t.same(take(), ['lock', first, ...register, ...restore]);
    t.match(online.restored, { restored: 2, skipped });
    const told = {
      type: 'share-skipped',
      groupId: 'chess',
      fileName: 'film',
      reason: 'it is gone',
    };
    t.same(events, [told]);
  }
});

t.test('memberships are learned at once, and limits hold before anything is served', async (t) => {
  const { online, link, tracker, serving, memberships, limits, take } = scene();
  const kept = deferred<void>();
  limits.load = () => kept.promise;
  const starting = online.start();
  await new Promise(setImmediate);
  t.same(take(), ['lock'], 'nothing listens');
  serving.address = here;
  link.session = session;
  const beginning = online.onSession(tracker, session, 'resumed');
  t.equal(memberships.roleIn('chess'), 'member');
  // A push that comes now is newer than what the session began with.
  memberships.learn({ groupId: 'chess', ...at(3), role: 'admin' });
  memberships.learn({ groupId: 'music', ...at(4), role: 'owner' });
  await new Promise(setImmediate);
  t.notOk(take().some((line) => line.startsWith('register')));
  kept.resolve();
  await Promise.all([starting, beginning]);
  t.same([memberships.roleIn('chess'), memberships.roleIn('music')], ['admin', 'owner']);
  t.ok(take().some((line) => line.startsWith('register')));
});

t.test('one that fails may be tried again', async (t) => {
  const { online, serving, take } = scene();
  const { start } = serving;
  serving.start = () => Promise.reject(new PeerError('ADDRESS_IN_USE', 'taken'));
  await Promise.all([
    t.rejects(online.start(), { code: 'ADDRESS_IN_USE' }),
    t.rejects(online.start(), { code: 'ADDRESS_IN_USE' }),
    online.settled(),
  ]);
  t.notOk(serving.address);
  serving.start = start;
  t.same(await online.start(), here);
  t.same(take(), ['lock', 'lock', 'listen tls']);
});

t.test('without the lock nothing listens', async (t) => {
  const inUse = new StorageError('HOME_IN_USE', 'another one');
  const { online, take } = scene({ lockHome: () => Promise.reject(inUse) });
  await t.rejects(online.start(), inUse);
  t.same(take(), []);
});

t.test('it has settled when the start has', async (t) => {
  const gate = deferred<void>();
  const { online, take } = scene({ lockHome: () => gate.promise });
  await online.settled();
  const starting = online.start();
  const settled = online.settled().then(take);
  gate.resolve();
  t.same(await settled, ['listen tls']);
  await starting;
});

t.test(
  'what a session means, by how it came about and whether somebody can reach us',
  async (t) => {
    const learn = ['epoch chess 3'];
    const cases: [
      reason: 'logged-in' | 'resumed' | 'reconnected',
      isOpen: boolean,
      isStaying: boolean,
      log: string[],
    ][] = [
      ['logged-in', false, true, ['clear tickets', ...learn]],
      ['logged-in', true, true, ['clear tickets', ...learn, ...register, ...restore]],
      ['logged-in', true, false, ['clear tickets', ...learn, ...register]],
      ['resumed', false, true, ['clear tickets', ...learn]],
      ['resumed', true, true, ['clear tickets', ...learn, ...register, ...restore]],
      ['reconnected', false, true, [...learn, 'follow again', 'watch again']],
      [
        'reconnected',
        true,
        true,
        [...learn, 'follow again', ...register, 'announce', 'newer film', 'watch again'],
      ],
    ];
    for (const [reason, isOpen, isStaying, expected] of cases) {
      const { online, tracker, serving, take } = scene({ isStaying });
      if (isOpen) serving.address = here;
      await online.onSession(tracker, session, reason);
      t.same(take(), expected, `${reason}, ${isOpen ? 'open' : 'closed'}`);
      t.same(tracker.methods, isOpen ? ['goOnline'] : []);
    }
  },
);

t.test('a user of many groups learns the epochs of all', async (t) => {
  const { online, tracker, take } = scene();
  const many = fakeSession({ ...session.info, nextGroups: 'chess' });
  await online.onSession(tracker, many, 'logged-in');
  t.same(take(), ['clear tickets', 'epoch chess 3', 'epoch music 4']);
});

t.test('groups of before are left before anything is announced or watched again', async (t) => {
  const { online, tracker, serving, memberships, events, take } = scene();
  serving.address = here;
  memberships.learnAll(session.account, [
    { groupId: 'chess', incarnation: OTHER_INCARNATION },
    { groupId: 'music', ...at(1) },
  ]);
  await online.onSession(tracker, session, 'reconnected');
  t.match(take(), [
    /^leave chess: the group chess has ended, and another one has its name/,
    'leave music: you are no longer a member of music',
    'epoch chess 3',
    'follow again',
    ...register,
    'announce',
    'newer film',
    'watch again',
  ]);
  t.match(events, [
    { type: 'membership', groupId: 'chess', state: 'replaced' },
    { type: 'membership', groupId: 'music', state: 'removed' },
  ]);
  t.equal(memberships.incarnationOf('chess'), INCARNATION);
  await online.onSession(tracker, session, 'reconnected');
  t.notMatch(take().join(), 'leave', 'once');
});

t.test('another account at the same client takes everything of the first one back', async (t) => {
  for (const [trackerId, userId] of [
    ['tracker', 'you'],
    ['another tracker', 'me'],
  ] as const) {
    const { online, tracker, memberships, events, take } = scene();
    memberships.learnAll({ trackerId, userId }, [{ groupId: 'chess', ...at(1) }]);
    await online.onSession(tracker, session, 'logged-in');
    const [first] = take();
    t.equal(first, 'end syncs');
    t.same(events, [], 'it is no news of a group: nothing of that name has ended');
  }
});

t.test('what the user is in is asked for again when an answer may be over', async (t) => {
  const { online, link, memberships, events, take } = scene();
  link.session = session;
  memberships.learnAll(session.account, [{ groupId: 'chess', ...at(1), role: 'member' }]);
  memberships.learn({ groupId: 'art', ...at(1), role: 'owner' });
  await online.learnMembershipsAgain();
  t.same(take(), [
    'leave art: you are no longer a member of art',
    'epoch chess 3',
    'epoch music 4',
  ]);
  t.match(events, [{ type: 'membership', groupId: 'art', state: 'removed' }]);
  t.equal(memberships.roleIn('music'), 'owner');
  t.equal(memberships.roleIn('art'), undefined);
});

t.test('before a login nothing counts as restored', async (t) => {
  const { online, link } = scene();
  link.session = session;
  await online.start();
  await online.onReplacing('ann');
  t.same(online.restored, { restored: 0, skipped: [] });
});

t.test('offline: downloads end so that they go on later, and nothing is offered', async (t) => {
  const { online, take, stopped } = scene();
  await online.goOffline('the user logged out');
  t.same(take(), [
    'end syncs',
    'stop downloads',
    'close idle',
    'close idle parcels',
    'withdraw NO_SUCH_FILE',
    'clear listings',
    'end proofs',
    'stop scrub',
    'clear tickets',
    'end reach',
    'end syncs',
  ]);
  t.match(stopped, [{ code: 'TERMINATED', message: /the user logged out/ }]);
});

t.test('other addresses: it listens and registers anew, if others may come at all', async (t) => {
  const { online, link, serving, take } = scene();
  link.session = session;
  await online.onNetworkChanged();
  t.same(take(), []);
  serving.address = here;
  await online.onNetworkChanged();
  t.same(take(), ['follow', 'register here:7']);
  link.session = undefined;
  await online.onNetworkChanged();
  t.same(take(), ['follow'], 'nobody is logged in');
});

t.test(
  'what does not stay serves what is shared once it is asked to, until the logout',
  async (t) => {
    const { online, link, take, events } = scene({ isStaying: false });
    link.session = session;
    await Promise.all([online.serveShares(), online.serveShares()]);
    t.same(
      take(),
      ['lock', 'listen tls', ...register, ...register, 'restore'],
      'no download goes on',
    );
    t.match(events, [{ type: 'share-skipped', fileName: 'film' }]);
    await online.onSession(await link.calls(), session, 'resumed');
    t.ok(take().includes('restore'), 'another session has them too');
    await online.goOffline('nobody is logged in');
    take();
    await online.onSession(await link.calls(), session, 'resumed');
    t.notOk(take().includes('restore'), 'who comes next has not asked for it');
  },
);

t.test('what stays has served its shares since it began', async (t) => {
  const { online, link, take } = scene();
  link.session = session;
  await online.serveShares();
  t.same(take(), ['lock', 'listen tls', ...register, ...restore]);
});
