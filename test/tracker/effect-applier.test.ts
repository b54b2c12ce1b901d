import t from 'tap';
import { EffectApplier } from '../../src/tracker/effect-applier.js';
import type { Effect } from '../../src/tracker/effects.js';
import { endLogin, type Online } from '../../src/tracker/online.js';
import { MemberRelays } from '../../src/tracker/relay/member-relays.js';
import { SessionRegistry } from '../../src/tracker/sessions/session-registry.js';
import { Session } from '../../src/tracker/sessions/session.js';
import { StagedDescription } from '../../src/tracker/sessions/staged-description.js';
import { StagingBudget } from '../../src/tracker/sessions/staging-budget.js';
import type { DeviceHolder } from '../../src/tracker/fellows/device-holder.js';
import { FakeClock } from './fake-clock.js';
import { FakeSocket } from './fake-socket.js';
import { at, INCARNATION } from '../fixtures/incarnations.js';

const g = { groupId: 'g' };
const anna = { ...g, userId: 'anna', ...at(3) };
const addresses = [{ host: '10.0.0.1', port: 4000 }];

/**
 * Everything that happens, in order. Anna has two connections on her pc and one on her phone,
 * ben has one; both are in g. The pc speaks for itself on its first connection.
 */
function scene() {
  const happened: string[] = [];
  const note = (what: string) => void happened.push(what);
  const sessions = new SessionRegistry<Session>(() => 0);
  const holders = new Map<string, DeviceHolder>();
  const watchers: Session[] = [];
  const online: Online = {
    sessions,
    presence: {
      goOnline: ({ deviceId, addresses }, holder) => {
        const before = holders.get(deviceId);
        holders.set(deviceId, holder);
        note(`${deviceId} goes online at ${addresses.map(({ host }) => host).join() || 'nowhere'}`);
        return before === holder ? undefined : before;
      },
      goOffline: (deviceId, holder) => {
        if (holders.get(deviceId) === holder) note(`${deviceId} goes offline`);
      },
      isHolder: (deviceId, holder) => holders.get(deviceId) === holder,
      announce: (...offer) => {
        note(`announce ${offer.join(' ')}`);
        return true;
      },
      withdraw: (...offer) => note(`withdraw ${offer.join(' ')}`),
      withdrawUser: (userId, groupId) => note(`withdraw user ${userId} ${groupId}`),
      holders: () => holders.values(),
      withdrawContent: (groupId, fileId) => note(`withdraw content ${groupId} ${fileId}`),
    },
    memberRelays: new MemberRelays<Session>(),
    watches: {
      removeAll: (_, groupId) => note(`unwatch all ${groupId ?? ''}`.trim()),
      watchersOf: () => watchers,
    },
    followed: {
      onChanged: (groupId) => note(`files of ${groupId}`),
      removeAll: () => undefined,
    },
    reach: {
      claim: ({ deviceId, source, addresses, local }) => {
        note(`look for ${deviceId} of ${source} at ${addresses.length} addresses`);
        return { addresses: addresses.slice(1), nearby: [{ to: 'here', addresses: local }] };
      },
      release: (deviceId) => note(`look for ${deviceId} no more`),
    },
  };
  const connect = (name: string, deviceId: string, userId?: string, tokenHash = name): Session => {
    const socket = new FakeSocket();
    socket.send = (text) => {
      const { method, params } = JSON.parse(text) as { method: string; params: object };
      const values = Object.values(params).map(String);
      // The same in every group here; what the wire carries is held by the handlers' tests.
      note([name, method, ...values.filter((value) => value !== INCARNATION)].join(' '));
    };
    const session = new Session({
      socket: socket.asWebSocket(),
      deviceId,
      address: '192.0.2.7',
      onRequest: () => Promise.reject(new Error('nobody asks')),
      onClosed: (closed) => {
        note(`${name} closed`);
        endLogin(online, closed);
      },
      onLoginChanged: () => undefined,
      onExcess: () => undefined,
      onUnforeseen: () => undefined,
      clock: new FakeClock(),
    });
    if (userId !== undefined) {
      sessions.add(session, userId, ['g']);
      session.beginLogin({ userId, tokenHash }, sessions.messagesOf(userId));
    }
    return session;
  };
  const pc = connect('pc', 'pc', 'anna');
  holders.set('pc', pc);
  const second = connect('second', 'pc', 'anna');
  const phone = connect('phone', 'phone', 'anna');
  const ben = connect('ben', 'ben-pc', 'ben');
  const applier = new EffectApplier(online, () => undefined);
  return {
    sessions,
    connect,
    pc,
    second,
    phone,
    ben,
    watchers,
    /** What an effect does here when the request came on this connection, or elsewhere. */
    apply: (effect: Effect, origin?: Session) => {
      happened.length = 0;
      applier.apply([effect], origin);
      return [...happened];
    },
  };
}

void t.test('effects are applied in the order in which they were emitted', async (t) => {
  const { sessions, apply } = scene();
  t.same(apply({ type: 'content-gone', ...g, fileId: 'cat' }), ['withdraw content g cat']);
  const order: string[] = [];
  const onPending = () => void order.push('pending');
  const parts = {
    sessions,
    watches: { removeAll: () => undefined, watchersOf: () => [] },
    followed: { onChanged: () => undefined, removeAll: () => undefined },
    reach: { claim: () => ({ addresses: [] }), release: () => undefined },
    memberRelays: { set: () => undefined },
    presence: {
      withdrawContent: (_: string, fileId: string) => void order.push(fileId),
    } as Online['presence'],
  };
  const applier = new EffectApplier(parts, onPending);
  const gone = ['a', 'b', 'c'].map((fileId) => ({ type: 'content-gone', ...g, fileId }) as const);
  applier.apply([...gone, { type: 'removal-pending' }], undefined);
  t.same(order, ['a', 'b', 'c', 'pending']);
});

void t.test('who is concerned by what happens to a group', async (t) => {
  const told = (state: string) => ['pc', 'second', 'phone'].map((who) => `${who} ${state}`);
  const table: [Effect, string[]][] = [
    [{ type: 'request-rejected', ...anna }, told('membership g rejected 3')],
    [{ type: 'member-joined', role: 'reader', ...anna }, told('membership g reader 3')],
    [{ type: 'role-changed', role: 'owner', ...anna }, told('membership g owner 3')],
    [{ type: 'role-changed', role: 'admin', by: 'ben', ...anna }, told('membership g admin 3 ben')],
    [{ type: 'role-changed', role: 'admin', by: 'anna', ...anna }, told('membership g admin 3')],
    [
      { type: 'join-requested', ...g, userId: 'cleo', governors: ['anna', 'nobody'] },
      told('joinRequest g cleo'),
    ],
    [
      { type: 'invite-redeemed', ...g, userId: 'cleo', creatorId: 'anna' },
      told('inviteRedeemed g cleo'),
    ],
    [{ type: 'request-rejected', ...anna, userId: 'nobody' }, []],
  ];
  for (const [effect, happened] of table) {
    t.same(scene().apply(effect), happened, effect.type);
    const here = scene();
    t.same(here.apply(effect, here.pc), happened, `${effect.type}, asked for from here`);
  }
});

void t.test('who made a group has the answer, the user’s other sessions are told', async (t) => {
  const { sessions, apply, pc } = scene();
  const created: Effect = { type: 'group-created', ...anna, groupId: 'h' };
  const others = ['second membership h owner 3', 'phone membership h owner 3'];
  t.same(apply(created, pc), others);
  t.same(apply(created), ['pc membership h owner 3', ...others], 'made at another tracker');
  const heard: string[] = [];
  for (const session of sessions.ofUser('anna')) session.tell = ({ name }) => void heard.push(name);
  sessions.pushToGroup('h', 'epoch', { groupId: 'h', ...at(1), removedUsers: [] });
  t.equal(heard.length, 3);
});

void t.test('a member is out of everything before anyone is told', async (t) => {
  const { sessions, apply } = scene();
  t.same(apply({ type: 'member-removed', ...anna }), [
    ...Array<string>(3).fill('unwatch all g'),
    'withdraw user anna g',
    'ben epoch g 3 anna',
    'pc membership g removed 3',
    'second membership g removed 3',
    'phone membership g removed 3',
  ]);
  t.equal(sessions.ofUser('anna').length, 3, 'and still logged in');
});

void t.test('who is banned is out likewise, and told by whom', async (t) => {
  const { apply } = scene();
  t.same(apply({ type: 'banned', by: 'ben', ...anna }), [
    ...Array<string>(3).fill('unwatch all g'),
    'withdraw user anna g',
    'ben epoch g 3 anna',
    ...['pc', 'second', 'phone'].map((who) => `${who} membership g banned 3 ben`),
  ]);
});

void t.test('everybody in a group hears that its epoch has risen', async (t) => {
  const everyone = ['pc', 'second', 'phone', 'ben'].map((who) => `${who} epoch g 3 `);
  t.same(scene().apply({ type: 'epoch-risen', ...g, ...at(3) }), everyone);
});

void t.test('who has a replaced content or waits for it is told, and it stays', async (t) => {
  const { apply, pc, ben, watchers } = scene();
  watchers.push(ben, pc);
  const replaced = { ...g, fileId: 'old', name: 'cat', sharer: 'anna' };
  const effect: Effect = { type: 'content-replaced', ...replaced };
  t.same(apply(effect), ['pc replaced g old cat anna', 'ben replaced g old cat anna']);
  t.same(apply(effect, pc), ['ben replaced g old cat anna'], 'who asked for it has the answer');
});

void t.test('an offer begins only on the connection that speaks for its device', async (t) => {
  const { apply, pc, second } = scene();
  const offer = { ...g, deviceId: 'pc', fileId: 'cat' };
  t.same(apply({ type: 'offer-begun', ...offer }, pc), ['announce pc g cat true']);
  t.same(apply({ type: 'offer-begun', ...offer }, second), []);
  t.same(apply({ type: 'offer-begun', ...offer }), []);
  t.same(apply({ type: 'offer-ended', ...offer }), ['withdraw pc g cat']);
});

void t.test('a device goes online where it is connected, and ends who spoke for it', async (t) => {
  const { apply, pc, second } = scene();
  const device = { deviceId: 'pc', userId: 'anna' };
  const effect: Effect = { type: 'device-online', ...device, addresses, local: [], relays: false };
  t.same(apply(effect), [], 'another tracker’s device');
  const online = ['look for pc of 192.0.2.7 at 1 addresses', 'pc goes online at nowhere'];
  t.same(apply(effect, pc), online, 'again, with other addresses');
  const proven = { ...effect, addresses: [...addresses, { host: '10.0.0.2', port: 4000 }] };
  t.match(apply(proven, pc), [/ at 2 addresses$/, 'pc goes online at 10.0.0.2']);
  const ended = [...online, /^pc sessionEnded HOME_IN_USE/, 'pc closed', 'unwatch all'];
  t.match(apply(effect, second), ended, 'and it is looked for on behalf of the newer one');
  second.goAway();
  t.same(apply(effect, second), [], 'it went before the turn was over');
});

void t.test('a login begins on its connection alone', async (t) => {
  const { sessions, apply, connect } = scene();
  const effect: Effect = {
    type: 'login-begun',
    userId: 'cleo',
    tokenHash: 'token',
    groupIds: ['g', 'h'],
  };
  apply(effect);
  t.same(sessions.ofUser('cleo'), []);
  const fresh = connect('fresh', 'tablet');
  apply(effect, fresh);
  t.same(fresh.login, { userId: 'cleo', tokenHash: 'token' });
  t.same(sessions.ofUser('cleo'), [fresh]);
});

void t.test(
  'a logout ends the same login and the same device, wherever it was asked',
  async (t) => {
    const ended = { type: 'login-ended', userId: 'anna' } as const;
    const device: Effect = { ...ended, tokenHash: 'pc', deviceId: 'pc' };
    const here = scene();
    here.apply(device, here.pc);
    t.equal(here.pc.login, undefined);
    t.ok(here.pc.isOpen, 'it gets an answer');
    t.notOk(here.second.isOpen);
    t.same(here.sessions.ofUser('anna'), [here.phone]);
    const elsewhere = scene();
    elsewhere.apply(device);
    t.notOk(elsewhere.pc.isOpen);
    t.notOk(elsewhere.second.isOpen);
    t.same(elsewhere.sessions.ofUser('anna'), [elsewhere.phone]);
    const without = scene();
    without.apply({ ...ended, tokenHash: 'phone', deviceId: '' });
    t.same(without.sessions.ofUser('anna'), [without.pc, without.second]);
    t.ok(without.ben.isOpen);
  },
);

void t.test('logins that end elsewhere leave the one that is kept', async (t) => {
  const ended = {
    type: 'logins-ended',
    userId: 'anna',
    keptTokenHash: 'pc',
    message: 'out',
  } as const;
  const cases: [deviceId: string | undefined, open: string[]][] = [
    [undefined, ['pc', 'ben']],
    ['phone', ['pc', 'second', 'ben']],
    ['pc', ['pc', 'phone', 'ben']],
    ['ben-pc', ['pc', 'second', 'phone', 'ben']],
  ];
  for (const [deviceId, open] of cases) {
    for (const isHere of [true, false]) {
      const { pc, second, phone, ben, apply } = scene();
      apply({ ...ended, ...(deviceId === undefined ? {} : { deviceId }) }, isHere ? pc : undefined);
      const sessions = Object.entries({ pc, second, phone, ben });
      const left = sessions.filter(([, { isOpen }]) => isOpen).map(([name]) => name);
      t.same(left, open, `${deviceId ?? 'all'}, ${isHere ? 'asked here' : 'asked elsewhere'}`);
    }
  }
});

void t.test('a stored description is no longer staged', async (t) => {
  const { apply, pc } = scene();
  const budget = new StagingBudget(new FakeClock());
  pc.staged = new StagedDescription('cat', 10, 'anna', budget);
  apply({ type: 'description-stored', fileId: 'dog' }, pc);
  apply({ type: 'description-stored', fileId: 'cat' });
  t.equal(budget.bytes, 10);
  apply({ type: 'description-stored', fileId: 'cat' }, pc);
  t.equal(budget.bytes, 0);
  t.equal(pc.staged, undefined);
});
