/** What every store must do; each implementation's test file runs it. */
import type { Test } from 'tap';
import {
  DESCRIPTION_SLICE_BYTES,
  DESCRIPTIONS_STOPPED_AT_ONCE_BYTES,
  SHARES_ENDED_AT_ONCE,
} from '../../../src/net/limits.js';
import type { Store, StoreTransaction, StoreWork } from '../../../src/tracker/store/store.js';
import type { PendingRemoval } from '../../../src/tracker/store/stored.js';
import { at, INCARNATION } from '../../fixtures/incarnations.js';
import { dropContents, removeGroup, removeSharesOf } from './whole-removals.js';

/** How a suite gets at a store: `open` on the same place sees what was stored before. */
export interface StorePlace {
  open(): Promise<Store>;
}

const whole = { after: undefined, limit: 100 };

/** Runs the suite; `createPlace` gives an empty place for each test. */
export function runStoreSuite(t: Test, createPlace: (t: Test) => StorePlace): void {
  const scene = (name: string, run: (t: Test, store: Store) => Promise<void>): void => {
    void t.test(name, async (t) => {
      const store = await createPlace(t).open();
      t.teardown(() => store.close());
      await run(t, store);
    });
  };

  scene('a user id is taken once', async (t, store) => {
    await store.transaction(async (tx) => {
      t.equal(await tx.addUser('anna', 'hash', 1), true);
      t.equal(await tx.addUser('anna', 'other', 2), false);
      t.equal(await tx.findPasswordHash('anna'), 'hash');
      t.equal(await tx.findPasswordHash('ben'), undefined);
    });
  });

  scene('an answer is kept once, until another one takes its place', async (t, store) => {
    const answer = (id: string, keptAtMs: number, place = 1, owner = 'user anna') => ({
      ...{ owner, place, id, request: `of ${id}`, text: `{"id":"${id}"}`, keptAtMs },
    });
    const keep = (...one: Parameters<typeof answer>): Promise<boolean> =>
      store.transaction((tx) => tx.keepAnswer(answer(...one)));
    const find = async (...one: Parameters<typeof answer>): Promise<string | undefined> => {
      const kept = await store.read((facts) => facts.findAnswer(answer(...one)));
      if (kept) t.equal(kept.request, `of ${one[0]}`);
      return kept?.text;
    };
    t.equal(await keep('a', 10), true);
    t.equal(await keep('a', 11), false);
    t.equal(await find('a', 0), '{"id":"a"}');
    t.equal(await find('b', 0), undefined);
    t.equal(await find('a', 0, 2), undefined);
    t.equal(await find('a', 0, 1, 'user ben'), undefined);
    t.equal(await keep('b', 12), true, 'in the same place');
    t.equal(await find('a', 0), undefined);
    t.equal(await find('b', 0), '{"id":"b"}');
    t.equal(await keep('c', 20, 2), true);
    t.equal(await keep('d', 30, 1, 'user ben'), true);
    await store.transaction((tx) => tx.removeAnswers(21, 1));
    const left = [await find('b', 0), await find('c', 0, 2)].filter((text) => text !== undefined);
    t.equal(left.length, 1, 'so many at most');
    await store.transaction((tx) => tx.removeAnswers(21, 10));
    t.equal(await find('b', 0), undefined);
    t.equal(await find('c', 0, 2), undefined);
    t.equal(await find('d', 0, 1, 'user ben'), '{"id":"d"}');
  });

  scene('of ids that look alike one is taken', async (t, store) => {
    await store.transaction(async (tx) => {
      t.equal(await tx.isLookAlike('user', 'Anna'), false);
      t.equal(await tx.addUser('anna', 'hash', 1), true);
      t.equal(await tx.isLookAlike('user', 'anna'), true);
      t.equal(await tx.isLookAlike('user', 'Anna'), true);
      t.equal(await tx.isLookAlike('group', 'Anna'), false, 'of one kind');
      t.equal(await tx.addUser('Anna', 'hash', 2), false);
      t.equal(await tx.findPasswordHash('Anna'), undefined);
      t.equal(await tx.addGroup(newGroup('films', 'anna'), 1), true);
      t.equal(await tx.addGroup(newGroup('Films', 'anna'), 1), false);
      await removeGroup(tx, 'films');
      t.equal(await tx.isLookAlike('group', 'Films'), false);
      t.equal(await tx.addGroup(newGroup('Films', 'anna'), 1), true);
    });
  });

  scene(
    'a history grows at its end, is cut at its beginning, and ends with its group',
    async (t, store) => {
      await store.transaction(async (tx) => {
        await addGroup(tx, 'films', 'anna');
        await addGroup(tx, 'books', 'ben');
        t.same(await tx.findHistory('films'), {
          incarnation: INCARNATION,
          head: undefined,
          dropped: undefined,
          bytes: 0,
        });
        t.equal(await tx.findHistory('nowhere'), undefined);
        await tx.dropHistory('films', 1);
        const entries = [1, 2, 3].map((seq) => ({
          seq,
          atMs: 10 * seq,
          action: 'share',
          actor: 'anna',
          subjects: ['a "b"', 'ü\u0000'],
          hash: `${seq}a`.repeat(32),
        }));
        for (const entry of entries) await tx.addHistoryEntry('films', entry, 100);
        await tx.addHistoryEntry('books', entries[0]!, 50);
        const all = { entries: 10, bytes: Infinity };
        t.same(await tx.listHistory('films', 0, all), entries);
        t.same(await tx.listHistory('films', 1, { ...all, entries: 1 }), [entries[1]]);
        t.same(await tx.listHistory('films', 0, { ...all, bytes: 199 }), entries.slice(0, 2));
        t.same(await tx.listHistory('films', 0, { ...all, bytes: 200 }), entries);
        t.same(await tx.listHistory('films', 0, { ...all, bytes: 0 }), entries.slice(0, 1));
        const head = { count: 3, hash: '3a'.repeat(32) };
        t.match(await tx.findHistory('films'), { head, dropped: undefined, bytes: 300 });
        await tx.dropHistory('films', 1);
        const dropped = { count: 1, hash: '1a'.repeat(32) };
        t.match(await tx.findHistory('films'), { head, dropped, bytes: 200 });
        t.same(await tx.listHistory('films', 0, all), entries.slice(1));
        await tx.dropHistory('films', 10);
        t.match(await tx.findHistory('films'), { head, dropped: { count: 2 }, bytes: 100 });
        await removeGroup(tx, 'films');
        t.equal(await tx.findHistory('films'), undefined);
        t.same(await tx.listHistory('films', 0, all), []);
        t.same((await tx.listHistory('books', 0, all)).length, 1);
        await tx.addGroup(newGroup('films', 'anna'), 1);
        t.match(await tx.findHistory('films'), { head: undefined, dropped: undefined });
      });
    },
  );

  scene('an invite is counted down, and forgotten when it is too old', async (t, store) => {
    await store.transaction(async (tx) => {
      t.equal(await tx.isInviteGood('hash', 1), undefined);
      t.equal(await tx.takeInvite('hash', 1), false);
      await tx.addInvite('hash', { uses: 2, expiresAtMs: 10 });
      t.equal(await tx.isInviteGood('hash', 9), true);
      t.equal(await tx.isInviteGood('hash', 10), false);
      t.equal(await tx.takeInvite('hash', 10), false);
      t.equal(await tx.takeInvite('hash', 9), true);
      await tx.addInvite('hash', { uses: 9, expiresAtMs: 99 });
      t.equal(await tx.takeInvite('hash', 9), true);
      t.equal(await tx.takeInvite('hash', 9), false, 'it stays as it was');
      t.equal(await tx.isInviteGood('hash', 9), false);
      await tx.removeExpiredInvites(9);
      t.equal(await tx.isInviteGood('hash', 9), false);
      await tx.removeExpiredInvites(10);
      t.equal(await tx.isInviteGood('hash', 9), undefined);
    });
  });

  scene('the key of a device opens one account', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben');
      t.equal(await tx.findUserOfKey('pc'), undefined);
      t.equal(await tx.findKeyDevice('anna'), undefined);
      await tx.setKeyDevice('anna', 'pc');
      t.equal(await tx.findUserOfKey('pc'), 'anna');
      t.equal(await tx.findKeyDevice('anna'), 'pc');
      await tx.setKeyDevice('anna', undefined);
      t.equal(await tx.findUserOfKey('pc'), undefined);
      await tx.setKeyDevice('ben', 'pc');
      t.equal(await tx.findUserOfKey('pc'), 'ben');
    });
  });

  scene('accounts are listed with what is kept of them, and can be disabled', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben');
      await tx.addUser('cleo', '', 7);
      t.equal(await tx.findDisabledReason('ben'), undefined);
      await tx.setDisabled('ben', '');
      t.equal(await tx.findDisabledReason('ben'), '');
      await tx.setDisabled('ben', 'spam');
      const [anna, ben, cleo] = await tx.listUsers(whole);
      const fresh = { groups: 0, files: 0, bytes: 0 };
      t.match(anna, { userId: 'anna', hasPassword: true, disabledBecause: undefined, ...fresh });
      t.match(ben, { userId: 'ben', disabledBecause: 'spam' });
      t.match(cleo, { userId: 'cleo', hasPassword: false, createdAtMs: 7 });
      t.match(await tx.listUsers({ after: 'anna', limit: 1 }), [{ userId: 'ben' }]);
      await tx.setDisabled('ben', undefined);
      t.equal(await tx.findDisabledReason('ben'), undefined);
      t.equal(await tx.findDisabledReason('nobody'), undefined);
    });
  });

  scene('how large a group is follows what is in it', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben');
      for (const groupId of ['g', 'h']) await tx.addGroup(newGroup(groupId, 'anna'), 3);
      t.same(await tx.findGroupSize('nowhere'), { members: 0, files: 0, bytes: 0 });
      await tx.addMember('g', 'anna', 'owner', 1);
      await tx.addMember('g', 'ben', 'member', 2);
      for (const [fileId, length] of [
        ['a', 10],
        ['b', 25],
      ] as const) {
        await tx.addDescription(fileId, { size: 1 }, new Uint8Array(length), 'anna');
      }
      const file = { groupId: 'g', name: 'x', fileId: 'a', size: 1 };
      await tx.addFile(file, 1);
      await tx.addFile({ ...file, name: 'y' }, 1);
      t.same(await tx.findGroupSize('g'), { members: 2, files: 2, bytes: 20 });
      await tx.replaceFile({ ...file, fileId: 'b' }, 2, 9);
      t.same(await tx.findGroupSize('g'), { members: 2, files: 2, bytes: 35 });
      await tx.removeMember('g', 'ben');
      const range = { after: undefined, limit: 2 };
      const sized = await tx.listSizedGroups(range);
      t.match(sized, [
        { groupId: 'g', ownerId: 'anna', createdAtMs: 3, members: 1, files: 2, bytes: 35 },
        { groupId: 'h', members: 0, files: 0, bytes: 0 },
      ]);
      t.match(await tx.listSizedGroups({ ...range, after: 'g' }), [{ groupId: 'h' }]);
      t.match(await tx.listUsers(whole), [{ groups: 1, files: 0, bytes: 0 }, { groups: 0 }]);
      const share = { groupId: 'g', userId: 'anna' };
      await tx.addShare({ ...share, name: 'x', deviceId: 'pc' }, 1);
      await tx.addShare({ ...share, name: 'x', deviceId: 'phone' }, 1);
      await tx.addShare({ ...share, name: 'y', deviceId: 'pc' }, 1);
      t.equal(await tx.countSharesOfName('g', 'x', 'anna'), 2);
      t.equal(await tx.findDescribedBytes('anna'), 60);
      t.match(await tx.listUsers(whole), [
        { files: 3, bytes: 60 },
        { files: 0, bytes: 0 },
      ]);
      await tx.replaceFile({ ...file, fileId: 'a' }, 3, 9);
      t.equal(await tx.findDescribedBytes('anna'), 10, 'those of the replaced one have ended');
    });
  });

  scene('quotas are set figure by figure, and that of a group goes with it', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna');
      await tx.addGroup(newGroup('g', 'anna'), 1);
      t.same(await tx.findQuotas({ user: ['anna'], group: ['g'] }), []);
      const general = { kind: 'user', id: '', files: 5 } as const;
      const own = { kind: 'user', id: 'anna', files: 'none', bytes: 0 } as const;
      const ofGroup = { kind: 'group', id: 'g', members: 3 } as const;
      for (const quota of [general, own, ofGroup]) await tx.setQuota(quota);
      t.same(await tx.findQuotas({ user: ['ben'] }), [general]);
      const found = await tx.findQuotas({ user: ['anna'], group: ['g', 'h'] });
      const order = (one: { id: string }, two: { id: string }) => (one.id < two.id ? -1 : 1);
      t.same([...found].sort(order), [general, own, ofGroup]);
      t.same(await tx.listQuotas('user', whole), [general, own]);
      t.same(await tx.listQuotas('user', { after: '', limit: 9 }), [own]);
      t.same(await tx.listQuotas('user', { ...whole, limit: 1 }), [general]);
      await tx.setQuota({ kind: 'user', id: 'anna', bytes: 7 });
      t.same(await tx.findQuotas({ user: ['anna'] }), [
        general,
        { kind: 'user', id: 'anna', bytes: 7 },
      ]);
      await tx.setQuota({ kind: 'user', id: '' });
      t.same(await tx.listQuotas('user', whole), [{ kind: 'user', id: 'anna', bytes: 7 }]);
      await removeGroup(tx, 'g');
      t.same(await tx.listQuotas('group', whole), []);
    });
  });

  scene('an invite into a group is counted down, and goes with the group', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna');
      await tx.addGroup(newGroup('g', 'anna'), 1);
      await tx.addGroup(newGroup('h', 'anna'), 1);
      const terms = { uses: 2, createdAtMs: 1, expiresAtMs: 10 };
      const invite = { creatorId: 'anna', role: 'reader' as const, ...terms };
      for (const inviteId of ['b', 'a', 'c']) await tx.addGroupInvite('g', { inviteId, ...invite });
      const again = { inviteId: 'a', ...invite, uses: 9 };
      t.equal(await tx.addGroupInvite('h', again), false, 'that id is taken');
      t.equal(await tx.countGroupInvites('g'), 3);
      t.equal(await tx.countGroupInvites('h'), 0);
      t.equal(await tx.findGroupInviteRole('g', 'a', 9), 'reader');
      t.equal(await tx.findGroupInviteRole('h', 'a', 9), undefined, 'of another group');
      t.equal(await tx.findGroupInviteRole('g', 'a', 10), undefined, 'too old');
      t.equal(await tx.findGroupInviteRole('g', 'x', 9), undefined);
      t.equal(await tx.takeGroupInvite('h', 'a', 9), undefined);
      t.equal(await tx.takeGroupInvite('g', 'a', 10), undefined);
      t.equal(await tx.takeGroupInvite('g', 'a', 9), 'anna');
      const range = { after: undefined, limit: 2 };
      t.same(await tx.listGroupInvites('g', range), [
        { inviteId: 'a', ...invite, usesLeft: 1 },
        { inviteId: 'b', ...invite, usesLeft: 2 },
      ]);
      t.match(await tx.listGroupInvites('g', { ...range, after: 'b' }), [{ inviteId: 'c' }]);
      t.equal(await tx.takeGroupInvite('g', 'a', 9), 'anna');
      t.equal(await tx.takeGroupInvite('g', 'a', 9), undefined, 'used up');
      t.equal(await tx.findGroupInviteRole('g', 'a', 9), undefined);
      t.equal(await tx.removeGroupInvite('h', 'a'), false);
      t.equal(await tx.removeGroupInvite('g', 'a'), true);
      t.equal(await tx.removeGroupInvite('g', 'a'), false);
      await tx.removeExpiredGroupInvites(9);
      t.equal(await tx.countGroupInvites('g'), 2);
      t.equal(await tx.removeGroupInvites('g'), 2);
      await tx.addGroupInvite('g', { inviteId: 'd', ...invite });
      await tx.removeExpiredGroupInvites(10);
      t.equal(await tx.countGroupInvites('g'), 0);
      await tx.addGroupInvite('h', { inviteId: 'e', ...invite });
      await tx.removeGroupInvitesOf('g', 'anna');
      await tx.removeGroupInvitesOf('h', 'ben');
      t.equal(await tx.countGroupInvites('h'), 1, 'of other groups, and of others, they stay');
      await tx.removeGroupInvitesOf('h', 'anna');
      t.equal(await tx.countGroupInvites('h'), 0);
      await tx.addGroupInvite('h', { inviteId: 'e', ...invite });
      await removeGroup(tx, 'h');
      t.equal(await tx.findGroupInviteRole('h', 'e', 9), undefined);
    });
  });

  scene('tokens are found, extended, trimmed and removed', async (t, store) => {
    await store.transaction(async (tx) => {
      await tx.addUser('anna', 'hash', 1);
      for (const n of [1, 2, 3, 4]) {
        const deviceId = n === 4 ? 'phone' : 'laptop';
        await tx.addToken({ tokenHash: `t${n}`, userId: 'anna', deviceId, expiresAtMs: n * 10 });
      }
      await tx.extendToken('t1', 100);
      t.equal((await tx.findToken('t1'))?.expiresAtMs, 100);
      await tx.trimTokens('anna', 3);
      t.equal(await tx.findToken('t2'), undefined, 'the one that expires first is gone');
      await tx.removeExpiredTokens(30);
      t.equal(await tx.findToken('t3'), undefined);
      await tx.removeTokensOfDevice('anna', 'laptop');
      t.equal(await tx.findToken('t1'), undefined);
      t.match(await tx.findToken('t4'), { userId: 'anna', deviceId: 'phone' });
      await tx.removeToken('t4');
      t.equal(await tx.findToken('t4'), undefined);
    });
  });

  scene(
    'devices that were in are remembered, the longest ago forgotten first',
    async (t, store) => {
      await store.transaction(async (tx) => {
        await addPeople(tx, 'anna', 'ben');
        t.equal(await tx.isKnownDevice('anna', 'pc'), false);
        await tx.addKnownDevice('anna', 'pc', 1);
        await tx.addKnownDevice('anna', 'phone', 2);
        await tx.addKnownDevice('ben', 'pc', 0);
        await tx.addKnownDevice('anna', 'pc', 3);
        await tx.trimKnownDevices('anna', 1);
        t.equal(await tx.isKnownDevice('anna', 'pc'), true);
        t.equal(await tx.isKnownDevice('anna', 'phone'), false);
        t.equal(await tx.isKnownDevice('ben', 'pc'), true, 'another user’s stay');
      });
    },
  );

  scene('devices are listed, touched and forgotten', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben');
      for (const [n, id] of ['c', 'a', 'b'].entries()) await tx.addKnownDevice('anna', id, 10 + n);
      await tx.addKnownDevice('ben', 'a', 1);
      await tx.addToken({ tokenHash: 't1', userId: 'anna', deviceId: 'a', expiresAtMs: 100 });
      await tx.addToken({ tokenHash: 't2', userId: 'anna', deviceId: 'b', expiresAtMs: 50 });
      await tx.addToken({ tokenHash: 't3', userId: 'ben', deviceId: 'c', expiresAtMs: 100 });
      await tx.touchKnownDevice('anna', 'a', 11, 90);
      await tx.touchKnownDevice('anna', 'b', 13, 90);
      const list = async (range = whole) =>
        (await tx.listKnownDevices('anna', range, 50)).map((one) =>
          [one.deviceId, one.firstSeenAtMs, one.lastSeenAtMs, one.isLoggedIn].join(' '),
        );
      t.same(await list(), ['a 11 11 true', 'b 12 90 false', 'c 10 10 false']);
      t.same(await list({ ...whole, limit: 1 }), ['a 11 11 true']);
      t.equal(await tx.removeKnownDevice('anna', 'c'), true);
      t.equal(await tx.removeKnownDevice('anna', 'c'), false);
      await tx.removeTokensBut('anna', 't2');
      t.equal(await tx.findToken('t1'), undefined);
      t.ok((await tx.findToken('t2')) && (await tx.findToken('t3')));
      await tx.removeKnownDevicesBut('anna', 'b');
      t.same(await list(), ['b 12 90 false']);
      t.equal(await tx.isKnownDevice('ben', 'a'), true);
      await tx.setPasswordHash('anna', 'new');
      t.equal(await tx.findPasswordHash('anna'), 'new');
      t.equal(await tx.findPasswordHash('ben'), 'hash');
    });
  });

  scene('what a failed transaction did is undone', async (t, store) => {
    const failing = store.transaction(async (tx) => {
      await tx.addUser('anna', 'hash', 1);
      throw new Error('changed my mind');
    });
    await t.rejects(failing, { message: 'changed my mind' });
    t.equal(await store.transaction((tx) => tx.findPasswordHash('anna')), undefined);
  });

  scene('transactions run one after the other', async (t, store) => {
    await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
    await store.transaction((tx) => tx.addGroup(newGroup('pictures', 'anna'), 1));
    const raise = () => store.transaction((tx) => tx.raiseEpoch('pictures'));
    t.same(await Promise.all([raise(), raise(), raise()]), [2, 3, 4]);
  });

  scene(
    'of transactions that are committed together one that fails is undone alone',
    async (t, store) => {
      await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
      const order: string[] = [];
      const add =
        (userId: string, fails = false) =>
        async (tx: StoreTransaction) => {
          order.push(`${userId} begins`);
          t.equal(await tx.addUser(userId, 'hash', 1), true);
          t.equal(await tx.findPasswordHash('ben'), 'hash', 'each sees those before it');
          order.push(`${userId} ends`);
          if (fails) throw new Error('changed my mind');
          return userId;
        };
      function* works() {
        yield add('ben');
        t.equal(order.at(-1), 'ben ends', 'the next one is taken when the one before has ended');
        yield add('carl', true);
        yield add('dora');
      }
      t.match(await store.transactions(works()), [
        { status: 'fulfilled', value: 'ben' },
        { status: 'rejected', reason: { message: 'changed my mind' } },
        { status: 'fulfilled', value: 'dora' },
      ]);
      t.same(await store.transactions([]), []);
      const found = await store.read(async (facts) => [
        await facts.findPasswordHash('ben'),
        await facts.findPasswordHash('carl'),
        await facts.findPasswordHash('dora'),
      ]);
      t.same(found, ['hash', undefined, 'hash']);
    },
  );

  scene('reading sees what is stored, and its failure is its own', async (t, store) => {
    t.equal(await store.transaction((tx) => tx.addUser('anna', 'hash', 1)), true);
    const failing = store.read(() => Promise.reject(new Error('no')));
    const reading = store.read((facts) => facts.findPasswordHash('anna'));
    await t.rejects(failing, { message: 'no' });
    t.equal(await reading, 'hash');
  });

  scene('reading waits for no transaction, and sees nothing of one', async (t, store) => {
    const seen = (): Promise<string | undefined> =>
      store.read((facts) => facts.findPasswordHash('anna'));
    if (!store.readsBeside) return;
    const seenBetween: (string | undefined)[] = [];
    async function* works(): AsyncGenerator<StoreWork<unknown>> {
      yield (tx) => tx.addUser('anna', 'hash', 1);
      seenBetween.push(await seen());
      yield (tx) => tx.findPasswordHash('anna');
      seenBetween.push(await seen());
    }
    t.match(await store.transactions(works()), [{ value: true }, { value: 'hash' }]);
    t.same(seenBetween, [undefined, undefined]);
    t.equal(await seen(), 'hash');
  });

  scene('transactions that are asked for one behind the other are stored so', async (t, store) => {
    const order: string[] = [];
    const name = (user: string) => (tx: StoreTransaction) => tx.addUser(user, 'hash', 1);
    const groups = [[name('anna'), name('ben')], [name('ben'), name('zoe')], [name('anna')]];
    const all = groups.map(async (works, index) => {
      const ends = await store.transactions(works);
      order.push(`${index}: ${ends.map((end) => end.status === 'fulfilled' && end.value).join()}`);
    });
    await Promise.all(all);
    t.same(order, ['0: true,true', '1: false,true', '2: false']);
    t.match(await store.counts(), { users: 3 });
  });

  scene('members stand in the order in which they joined', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'zoe', 'anna', 'ben');
      t.equal(await tx.addGroup(newGroup('pictures', 'zoe'), 1), true);
      t.equal(await tx.addGroup(newGroup('pictures', 'anna'), 1), false);
      await tx.addMember('pictures', 'zoe', 'owner', 1);
      for (const userId of ['ben', 'anna']) await tx.addMember('pictures', userId, 'member', 1);
      t.same(await tx.listMembers('pictures', whole), [
        { userId: 'anna', role: 'member' },
        { userId: 'ben', role: 'member' },
        { userId: 'zoe', role: 'owner' },
      ]);
      t.match(await tx.listMembers('pictures', { after: 'anna', limit: 1 }), [{ userId: 'ben' }]);
      t.same(await tx.listMembers('nowhere', whole), []);
      t.equal(await tx.findLongestStanding('pictures', 'owner'), 'zoe');
      t.equal(await tx.findLongestStanding('pictures', 'member'), 'ben');
      t.equal(await tx.findLongestStanding('pictures', 'reader'), undefined);
      await tx.removeMember('pictures', 'zoe');
      t.equal(await tx.findLongestStanding('pictures', 'owner'), undefined);
      t.equal(await tx.findRole('pictures', 'zoe'), undefined);
      await tx.setRole('pictures', 'anna', 'admin');
      await tx.setRole('pictures', 'ben', 'owner');
      t.equal(await tx.findRole('pictures', 'ben'), 'owner');
      t.equal(await tx.countMembersOf('pictures', ['owner', 'admin']), 2);
      t.equal(await tx.countMembersOf('pictures', ['member']), 0);
      t.same(await tx.listMembersOf('pictures', ['admin', 'owner']), ['ben', 'anna']);
      const group = { groupId: 'pictures', ...at(1) };
      t.same(await tx.findGroup('pictures'), group);
      t.same(await tx.listMemberships('ben', whole), [{ ...group, role: 'owner' }]);
      t.same(await tx.listMemberships('zoe', whole), []);
    });
  });

  scene('a ban is kept with the devices of then, until it is lifted', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben', 'cleo', 'dora', 'eve');
      for (const groupId of ['g', 'h']) await tx.addGroup(newGroup(groupId, 'anna'), 1);
      await tx.addKnownDevice('ben', 'pc', 1);
      await tx.setKeyDevice('ben', 'key');
      const ban = { userId: 'ben', byUserId: 'anna', role: 'admin', bannedAtMs: 5 } as const;
      await tx.addBan('g', ban);
      await tx.addBan('g', { ...ban, userId: 'eve', role: undefined });
      t.same(await tx.findBan('g', 'ben'), ban);
      t.equal(await tx.findBan('h', 'ben'), undefined);
      t.equal(await tx.countBans('g'), 2);
      t.match(await tx.listBans('g', { after: undefined, limit: 1 }), [{ userId: 'ben' }]);
      t.match(await tx.listBans('g', { after: 'ben', limit: 9 }), [{ role: undefined }]);
      const isOut = (userId: string, deviceId?: string) => tx.isShutOut('g', userId, deviceId);
      t.equal(await isOut('ben'), true);
      t.equal(await isOut('ben', 'another'), true, 'wherever they are');
      t.equal(await tx.isShutOut('h', 'ben', 'pc'), false, 'from that group alone');
      t.equal(await isOut('cleo'), false);
      t.equal(await isOut('cleo', 'pc'), true, 'another account of that device');
      t.equal(await isOut('cleo', 'key'), true);
      await tx.addKnownDevice('cleo', 'pc', 2);
      t.equal(await isOut('cleo', 'clean'), true, 'wherever it is now');
      await tx.addKnownDevice('ben', 'later', 3);
      t.equal(await isOut('dora', 'later'), true, 'a device that the banned one came to later');
      await tx.removeKnownDevicesBut('ben', '');
      await tx.setKeyDevice('ben', undefined);
      t.equal(await isOut('dora', 'pc'), true, 'one that the banned one has had forgotten');
      t.equal(await isOut('dora', 'key'), true);
      t.equal(await isOut('dora', 'hers'), false);
      await tx.addBan('g', { ...ban, bannedAtMs: 9 });
      t.match(await tx.findBan('g', 'ben'), { bannedAtMs: 9 });
      t.equal(await tx.countBans('g'), 2, 'once');
      await tx.removeBan('g', 'ben');
      t.equal(await isOut('ben', 'pc'), false);
      t.equal(await tx.countBans('g'), 1);
      await removeGroup(tx, 'g');
      t.equal(await tx.countBans('g'), 0, 'they go with the group');
    });
  });

  scene('lists go on after a cursor', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna');
      for (const groupId of ['c', 'a', 'b']) await tx.addGroup(newGroup(groupId, 'anna'), 1);
      t.same(await tx.listGroupIds({ after: undefined, limit: 2 }), ['a', 'b']);
      t.same(await tx.listGroupIds({ after: 'b', limit: 2 }), ['c']);
    });
  });

  scene('requests are counted, listed and removed once', async (t, store) => {
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna', 'ben', 'cleo');
      await tx.addGroup(newGroup('pictures', 'anna'), 1);
      await tx.addRequest('pictures', 'cleo', 1, '192.0.2.7');
      await tx.addRequest('pictures', 'ben', 2, '192.0.2.8');
      t.equal(await tx.countRequests('pictures'), 2);
      t.equal(await tx.countRequests('pictures', '192.0.2.7'), 1);
      t.equal(await tx.countRequests('pictures', '192.0.2.9'), 0);
      t.equal(await tx.countGroupsOf('ben'), 1);
      t.same(await tx.listRequests('pictures', whole), ['ben', 'cleo']);
      t.same(await tx.listRequests('pictures', { after: 'ben', limit: 5 }), ['cleo']);
      t.same(await tx.listRequestedGroups('ben'), ['pictures']);
      t.same(await tx.listRequestsTo('anna', ['owner'], 5), [], 'anna is not in it');
      await tx.addMember('pictures', 'anna', 'owner', 3);
      const [first, second] = ['cleo', 'ben'].map((userId) => ({ groupId: 'pictures', userId }));
      t.same(await tx.listRequestsTo('anna', ['owner', 'admin'], 5), [first, second]);
      t.same(await tx.listRequestsTo('anna', ['owner'], 1), [first]);
      t.same(await tx.listRequestsTo('anna', ['admin'], 5), []);
      t.equal(await tx.hasRequest('pictures', 'ben'), true);
      t.equal(await tx.removeRequest('pictures', 'ben'), true);
      t.equal(await tx.removeRequest('pictures', 'ben'), false);
      t.equal(await tx.hasRequest('pictures', 'ben'), false);
    });
  });

  scene('a file stays as long as someone shares it', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      const anna = await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await tx.addShare({ ...anna, userId: 'ben', deviceId: 'ben-pc' }, 2);
      t.match(await tx.findListedFile('pictures', 'cat.jpg'), { sharer: 'anna', size: 5 });
      const of = { groupId: 'pictures', userId: 'anna', deviceId: 'anna-pc' };
      await tx.addShare({ ...anna, userId: 'ben' }, 3);
      const cat = { name: 'cat.jpg', fileId: 'id of cat.jpg' };
      t.same(
        await tx.removeShares(of, ['cat.jpg', 'dog.jpg']),
        [{ ...cat, left: 'others' }],
        'what another user shares from her device is not hers',
      );
      t.same(await tx.removeShares(of, ['cat.jpg']), [], 'it has ended already');
      t.same(await tx.removeShares({ ...of, userId: 'ben' }, ['cat.jpg']), [
        { ...cat, left: 'others' },
      ]);
      t.match(await tx.findListedFile('pictures', 'cat.jpg'), { sharer: 'ben' });
      t.same(await removeSharesOf(tx, 'pictures', 'ben'), ['id of cat.jpg']);
      t.equal(await tx.findFile('pictures', 'cat.jpg'), undefined);
      t.equal(await tx.hasContent('pictures', 'id of cat.jpg'), false);
      t.equal(await tx.findDescription('id of cat.jpg'), undefined, 'nobody needs it any more');
      t.equal(await tx.countSharesOf('anna'), 0);
      t.equal(await tx.countSharesOf('ben'), 0);
    });
  });

  scene('what decides how a share is taken in is found at once', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      const cat = await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await addShare(tx, 'pictures', 'dog.jpg', 'ben');
      const present = { groupId: 'pictures', name: 'cat.jpg', fileId: 'id of cat.jpg', size: 5 };
      const all = { shareCount: 1, userBytes: 3, totalBytes: 6 };
      const stored = { size: 5, descriptionBytes: 3 };
      t.same(await tx.findSharing(cat, 'id of cat.jpg'), {
        ...{ isShared: true, present, stored, isKnown: false },
        ...{ shareCount: 0, userBytes: 0, totalBytes: 0 },
      });
      t.same(await tx.findSharing({ ...cat, deviceId: 'laptop' }, 'id of bird.jpg'), {
        ...{ isShared: false, present, stored: undefined, isKnown: false },
        ...all,
      });
      t.same(await tx.findSharing({ ...cat, deviceId: 'laptop' }, 'id of cat.jpg'), {
        ...{ isShared: false, present, stored, isKnown: true },
        ...all,
      });
      t.same(await tx.findSharing(cat, 'id of dog.jpg'), {
        ...{ isShared: true, present, stored, isKnown: true },
        ...all,
      });
      const free = { ...cat, name: 'fish.jpg', userId: 'nobody' };
      t.same(await tx.findSharing(free, 'id of dog.jpg'), {
        ...{ isShared: false, present: undefined, stored, isKnown: false },
        ...{ shareCount: 0, userBytes: 0, totalBytes: 6 },
      });
    });
  });

  scene('all shares of a user end, however many, and nobody else’s', async (t, store) => {
    const count = SHARES_ENDED_AT_ONCE + 2;
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addGroup(tx, 'pets', 'cleo', 'anna');
      await addShare(tx, 'pets', 'dog', 'anna');
      for (let n = 0; n < count; n++) await addShare(tx, 'pictures', `file ${n}`, 'anna');
      const file = { groupId: 'pictures', name: 'file 7', fileId: 'id of file 7' };
      await tx.addShare({ ...file, userId: 'ben', deviceId: 'ben-pc' }, 2);
      // The first content again, under a name that ends with the last statement.
      const again = { groupId: 'pictures', name: 'again' };
      await tx.addFile({ ...again, fileId: 'id of file 0', size: 5 }, 2);
      await tx.addShare({ ...again, userId: 'anna', deviceId: 'anna-pc' }, 2);
      const gone = await removeSharesOf(tx, 'pictures', 'anna');
      t.equal(gone.length, count - 1, 'each once');
      t.equal(new Set(gone).size, count - 1);
      t.equal(gone.at(-1), 'id of file 0');
      t.notOk(gone.includes('id of file 7'), 'ben still shares it');
      t.equal(await tx.sharesName('pictures', 'file 7', 'ben'), true);
      t.equal(await tx.countSharesOf('anna'), 1, 'in the other group');
      t.equal(await tx.findDescription('id of file 1'), undefined);
      t.same(await removeSharesOf(tx, 'pictures', 'anna'), []);
    });
    t.match(await store.counts(), { files: 2, shares: 2 });
  });

  scene('shares of a user end some at a time', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      for (let n = 0; n < 2 * SHARES_ENDED_AT_ONCE + 1; n++)
        await addShare(tx, 'pictures', `file ${n}`, 'anna');
      const counts = [];
      for (let isRest = true; isRest;) {
        const ended = await tx.removeSomeSharesOf('pictures', 'anna');
        counts.push(ended.gone.length);
        ({ isRest } = ended);
      }
      t.same(counts, [SHARES_ENDED_AT_ONCE, SHARES_ENDED_AT_ONCE, 1]);
      const none = { gone: [], isRest: false };
      t.same(await tx.removeSomeSharesOf('pictures', 'anna'), none);
    });
  });

  scene('contents are dropped behind their removal, some at a time', async (t, store) => {
    const large = DESCRIPTIONS_STOPPED_AT_ONCE_BYTES / 2;
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      t.equal(await tx.dropSomeContents(false), false);
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        const [fileId, share] = [`id of ${name}`, { groupId: 'pictures', name, userId: 'anna' }];
        await tx.addDescription(fileId, { size: 5 }, new Uint8Array(large), 'anna');
        await tx.addFile({ groupId: 'pictures', name, fileId, size: 5 }, 1);
        await tx.addShare({ ...share, deviceId: 'anna-pc' }, 1);
      }
      t.equal((await tx.removeSomeSharesOf('pictures', 'anna')).gone.length, 5);
    });
    await store.read(async (tx) => {
      t.same(await tx.findGroupSize('pictures'), { members: 2, files: 0, bytes: 0 });
      t.match(await tx.findDescription('id of a'), { descriptionBytes: large });
      t.equal(await tx.hasUnusedContents(), true, 'a bound may hold by them');
      t.equal(await tx.hasPendingRemoval('elsewhere', 'cleo'), false, 'that of room alone');
    });
    const left = [];
    const descriptionBytes = async () => (await store.counts()).descriptionBytes / large;
    while (await store.transaction((tx) => tx.dropSomeContents(false)))
      left.push(await descriptionBytes());
    t.same(left, [3, 1, 0]);
    t.equal(await store.read((tx) => tx.hasUnusedContents()), false);
  });

  scene('what still has a name in the group is not noted', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addShare(tx, 'pictures', 'cat', 'ben');
      const other = { groupId: 'pictures', name: 'same', fileId: 'id of cat', size: 5 };
      await tx.addFile(other, 2);
      t.same(await tx.removeSomeSharesOf('pictures', 'ben'), { gone: [], isRest: false });
      t.equal(await tx.hasUnusedContents(), false);
    });
  });

  scene(
    'contents wait for pending removals, unless they have a turn beside them',
    async (t, store) => {
      await store.transaction(async (tx) => {
        await addGroup(tx, 'pictures', 'anna', 'ben');
        for (const name of ['cat', 'dog']) await addShare(tx, 'pictures', name, 'ben');
        await tx.removeSomeSharesOf('pictures', 'ben');
        await tx.addPendingRemoval({ groupId: 'pictures', userId: 'ben' });
      });
      await store.transaction(async (tx) => {
        t.equal(await tx.dropSomeContents(false), false);
        t.match(await tx.findDescription('id of cat'), { size: 5 });
        t.equal(await tx.dropSomeContents(true), true);
        t.equal(await tx.findDescription('id of cat'), undefined);
      });
    },
  );

  scene('what is used again before it is dropped stays', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addGroup(tx, 'pets', 'cleo');
      for (const name of ['again', 'elsewhere', 'gone'])
        await addShare(tx, 'pictures', name, 'ben');
      const elsewhere = { groupId: 'pets', name: 'other', fileId: 'id of elsewhere', size: 5 };
      await tx.addFile(elsewhere, 2);
      await tx.removeSomeSharesOf('pictures', 'ben');
    });
    await store.transaction(async (tx) => {
      const again = { groupId: 'pictures', name: 'new', fileId: 'id of again', size: 5 };
      await tx.addFile(again, 3);
      await dropContents(tx);
      for (const one of ['again', 'elsewhere'])
        t.match(await tx.findDescription(`id of ${one}`), { descriptionBytes: 3 }, one);
      t.equal(await tx.findDescription('id of gone'), undefined);
      t.equal((await tx.readDescription('id of gone', 0)).length, 0);
      t.equal((await tx.readDescription('id of again', 0)).length, 3);
    });
    t.match(await store.counts(), { files: 2, descriptionBytes: 6 });
  });

  scene('what a member shares outlives the membership, until it is ended', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addShare(tx, 'pictures', 'cat.jpg', 'ben');
      await tx.removeMember('pictures', 'ben');
    });
    await store.read(async (tx) => {
      t.equal(await tx.findRole('pictures', 'ben'), undefined);
      t.match(await tx.findListedFile('pictures', 'cat.jpg'), { sharer: 'ben' });
      t.equal(await isKnown(tx, 'ben', 'id of cat.jpg'), false);
      t.same(await tx.findGroupSize('pictures'), { members: 1, files: 1, bytes: 3 });
    });
    await store.transaction(async (tx) => {
      t.same(await removeSharesOf(tx, 'pictures', 'ben'), ['id of cat.jpg']);
      t.equal(await tx.countSharesOf('ben'), 0);
    });
  });

  scene('what is to be removed is noted until it is', async (t, store) => {
    const [ben, whole] = [{ groupId: 'pictures', userId: 'ben' }, { groupId: 'pets' }];
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addGroup(tx, 'pets', 'cleo');
      t.equal(await tx.takePendingRemoval(), undefined);
      await tx.addPendingRemoval(ben);
      await tx.addPendingRemoval(whole);
    });
    await store.read(async (tx) => {
      t.equal(await tx.isPendingRemoval(ben), true);
      t.equal(await tx.isPendingRemoval(whole), true);
      t.equal(await tx.isPendingRemoval({ groupId: 'pictures' }), false);
      t.equal(await tx.isPendingRemoval({ groupId: 'pets', userId: 'ben' }), false);
      t.equal(await tx.hasPendingRemoval('other', 'ben'), true);
      t.equal(await tx.hasPendingRemoval('pictures', 'anna'), true);
      t.equal(await tx.hasPendingRemoval('other', 'anna'), false);
    });
    await store.transaction(async (tx) => {
      const found = [];
      for (let next = await tx.takePendingRemoval(); next; next = await tx.takePendingRemoval()) {
        found.push(next);
        await tx.removePendingRemoval(next);
      }
      t.same(found, [{ ...whole, userId: undefined }, ben]);
      const cleo = { groupId: 'pictures', userId: 'cleo' };
      for (const removal of [whole, ben, cleo]) await tx.addPendingRemoval(removal);
      const next = (removal: PendingRemoval, isIncluded = false) =>
        tx.takePendingRemoval({ removal, isIncluded });
      t.same(await next(whole), ben, 'they take turns');
      t.same(await next(ben), cleo);
      t.match(await next(cleo), whole, 'and begin anew');
      t.same(await next(ben, true), ben, 'the one that is asked for');
      await tx.removePendingRemoval(ben);
      t.same(await next(ben, true), cleo, 'or the one behind it');
      for (const removal of [whole, cleo]) await tx.removePendingRemoval(removal);
      await tx.addPendingRemoval(ben);
      await tx.addPendingRemoval({ groupId: 'pictures' });
      await removeGroup(tx, 'pictures');
      t.equal(await tx.takePendingRemoval(), undefined, 'they go with their group');
    });
  });

  scene('only those shares of a name end that were left behind', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben', 'cleo');
      const cat = await addShare(tx, 'pictures', 'cat.jpg', 'ben');
      await tx.addShare({ ...cat, userId: 'cleo', deviceId: 'cleo-pc' }, 2);
      await addShare(tx, 'pictures', 'dog.jpg', 'ben');
      for (const userId of ['ben', 'cleo']) await tx.removeMember('pictures', userId);
      const left = (name: string) => tx.removeLeftShares('pictures', name);
      t.equal(await left('cat.jpg'), undefined, 'nothing is noted');
      await tx.addPendingRemoval({ groupId: 'pictures', userId: 'ben' });
      t.same(await left('cat.jpg'), { gone: [] }, 'cleo’s stays');
      await tx.addPendingRemoval({ groupId: 'pictures', userId: 'cleo' });
      t.same(await left('cat.jpg'), { gone: ['id of cat.jpg'] });
      t.equal(await tx.findFile('pictures', 'cat.jpg'), undefined);
      t.equal(await left('cat.jpg'), undefined);
      t.match(await tx.findListedFile('pictures', 'dog.jpg'), { sharer: 'ben' });
    });
    t.match(await store.counts(), { files: 1, shares: 1, descriptionBytes: 3 });
  });

  scene('a group that has ended is nobody’s while its rows go', async (t, store) => {
    const count = SHARES_ENDED_AT_ONCE + 1;
    const invite = { inviteId: 'i', creatorId: 'anna', role: 'member', uses: 9 } as const;
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addPeople(tx, 'cleo', 'dora');
      await tx.addRequest('pictures', 'cleo', 1, '192.0.2.7');
      const banned = { userId: 'dora', byUserId: 'anna', role: undefined, bannedAtMs: 1 };
      await tx.addBan('pictures', banned);
      await tx.addGroupInvite('pictures', { ...invite, createdAtMs: 1, expiresAtMs: 99 });
      for (let n = 0; n < count; n++) await addShare(tx, 'pictures', `file ${n}`, 'anna');
      t.same(await tx.endGroup('pictures'), ['cleo']);
      t.equal(await tx.removeSomeOfGroup('pictures'), false);
    });
    t.match(await store.counts(), { groups: 1, files: 1, shares: 1 });
    await store.read(async (tx) => {
      const all = { after: undefined, limit: 9 };
      t.equal(await tx.findGroup('pictures'), undefined);
      t.equal(await tx.findHistory('pictures'), undefined);
      t.same(await tx.listGroupIds(all), []);
      t.same(await tx.listSizedGroups(all), []);
      t.same(await tx.listMemberships('anna', all), []);
      t.same(await tx.listRequestedGroups('cleo'), []);
      t.equal(await tx.isShutOut('pictures', 'dora', undefined), false);
      t.equal(await tx.findGroupInviteRole('pictures', 'i', 2), undefined);
      t.equal(await tx.isLookAlike('group', 'Pictures'), false);
      t.equal(await isKnown(tx, 'anna', `id of file ${count - 1}`), false);
    });
    await store.transaction(async (tx) => {
      t.equal(await tx.addGroup(newGroup('pictures', 'ben'), 2), false, 'its id is taken');
      while (!(await tx.removeSomeOfGroup('pictures')));
      t.equal(await tx.addGroup(newGroup('pictures', 'ben'), 2), true);
    });
    t.match(await store.counts(), { groups: 1, files: 0, shares: 0, descriptionBytes: 3 * count });
    await store.transaction((tx) => dropContents(tx));
    t.match(await store.counts(), { groups: 1, files: 0, shares: 0, descriptionBytes: 0 });
  });

  scene(
    'shares of one device end together, and it is told what is left of each',
    async (t, store) => {
      await store.transaction(async (tx) => {
        await addGroup(tx, 'pictures', 'anna', 'ben');
        const of = { groupId: 'pictures', userId: 'anna', deviceId: 'anna-pc' };
        for (const name of ['alone', 'shared', 'twice', 'old', 'untouched'])
          await addShare(tx, 'pictures', name, 'anna');
        const ben = { ...of, userId: 'ben', deviceId: 'ben-pc' };
        await tx.addShare({ ...ben, name: 'shared' }, 2);
        await tx.addShare({ ...of, deviceId: 'laptop', name: 'alone' }, 2);
        const again = { groupId: 'pictures', name: 'again' };
        await tx.addFile({ ...again, fileId: 'id of twice', size: 5 }, 2);
        await tx.addShare({ ...of, ...again }, 2);
        await addDescription(tx, 'new', 'anna');
        await tx.replaceFile({ groupId: 'pictures', name: 'old', fileId: 'new', size: 5 }, 3, 3);
        await tx.addFile({ groupId: 'pictures', name: 'copy', fileId: 'id of old', size: 5 }, 3);
        await tx.addShare({ ...of, name: 'copy' }, 3);
        const ended = await tx.removeShares(of, [
          ...['alone', 'shared', 'twice', 'copy', 'nothing', 'old', "'; --"],
        ]);
        t.same(
          ended.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          [
            { name: 'alone', fileId: 'id of alone', left: 'others' },
            { name: 'copy', fileId: 'id of old', left: 'others' },
            { name: 'shared', fileId: 'id of shared', left: 'others' },
            { name: 'twice', fileId: 'id of twice', left: 'own' },
          ],
          'of what was replaced nobody shares the newer one yet',
        );
        t.equal(await tx.findFile('pictures', 'copy'), undefined, 'the name is gone');
        t.equal(await tx.contentStanding('pictures', 'id of old'), 'former');
        t.same(await tx.removeShares({ ...of, deviceId: 'laptop' }, ['alone', 'untouched']), [
          { name: 'alone', fileId: 'id of alone', left: 'nothing' },
        ]);
        t.equal(await tx.findDescription('id of alone'), undefined);
        t.same(await tx.removeShares({ ...of, groupId: 'pets' }, ['untouched']), []);
        t.equal(await tx.countSharesOf('anna'), 2);
      });
    },
  );

  scene('of a content under many names something is left until the last', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addShare(tx, 'pictures', 'name 0', 'anna');
      await addShare(tx, 'pictures', 'other', 'anna');
      const count = 40;
      const anna = { groupId: 'pictures', userId: 'anna', deviceId: 'anna-pc' };
      const names = Array.from({ length: count }, (_, number) => `name ${number}`);
      const content = { groupId: 'pictures', fileId: 'id of name 0', size: 5 };
      for (const name of names.slice(1)) {
        await tx.addFile({ ...content, name }, 2);
        await tx.addShare({ ...anna, name }, 2);
      }
      const bytes = await tx.findDescribedBytesOf('pictures', ['name 3', 'other', 'no such']);
      t.same([...bytes].toSorted(), [
        ['name 3', 3],
        ['other', 3],
      ]);
      const ben = { ...anna, userId: 'ben', deviceId: 'ben-pc' };
      await tx.addShare({ ...ben, name: 'name 7' }, 3);
      const lefts = async (sharer: typeof anna, which: readonly string[]) => {
        const ended = await tx.removeShares(sharer, which);
        t.equal(ended.length, which.length);
        t.ok(ended.every(({ fileId }) => fileId === 'id of name 0'));
        return [...new Set(ended.map(({ left }) => left))];
      };
      t.same(await lefts(ben, ['name 7']), ['others']);
      await tx.addShare({ ...ben, name: 'name 7' }, 3);
      t.same(await lefts(anna, names.slice(0, -1)), ['own']);
      t.same(await lefts(anna, names.slice(-1)), ['others'], 'ben’s');
      t.same(await lefts(ben, ['name 7']), ['nothing']);
      t.equal(await tx.hasContent('pictures', 'id of name 0'), false);
      t.equal(await tx.findDescription('id of name 0'), undefined);
      t.equal(await tx.hasContent('pictures', 'id of other'), true);
    });
  });

  scene('content under two names is gone only with both', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await tx.addFile({ groupId: 'pictures', name: 'c.jpg', fileId: 'id of cat.jpg', size: 5 }, 1);
      const ben = { groupId: 'pictures', name: 'c.jpg', userId: 'ben', deviceId: 'ben-pc' };
      await tx.addShare(ben, 2);
      t.same(await removeSharesOf(tx, 'pictures', 'anna'), [], 'it is still there as c.jpg');
      t.equal(await tx.findFile('pictures', 'cat.jpg'), undefined);
      t.equal(await tx.hasContent('pictures', 'id of cat.jpg'), true);
    });
  });

  scene('of a folder it is known how many files it has', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await tx.addDescription('album', { size: 9, files: 3 }, Buffer.of(1), 'anna');
      await tx.addFile({ groupId: 'pictures', name: 'album', fileId: 'album', size: 9 }, 1);
      await tx.addShare({ groupId: 'pictures', name: 'album', userId: 'anna', deviceId: 'pc' }, 1);
      t.match(await tx.findListedFile('pictures', 'album'), { size: 9, files: 3 });
      const rows = await tx.listFiles('pictures', { after: undefined, limit: 9 });
      t.same(
        rows.map(({ files }) => files),
        [3, undefined],
      );
    });
  });

  scene('a name may stand for another content; the old one stays known', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      const anna = await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      const ben = { ...anna, userId: 'ben', deviceId: 'ben-pc' };
      await tx.addShare(ben, 2);
      t.equal(await tx.sharesName('pictures', 'cat.jpg', 'ben'), true);
      await addDescription(tx, 'new cat', 'ben');
      const newer = { groupId: 'pictures', name: 'cat.jpg', fileId: 'new cat', size: 6 };
      t.same(await tx.replaceFile(newer, 7, 3), []);
      t.same(await tx.findFile('pictures', 'cat.jpg'), newer);
      t.equal(await tx.countSharesOf('anna'), 0, 'nobody shares it yet');
      t.equal(await tx.countSharesOf('ben'), 0);
      t.equal(await tx.sharesName('pictures', 'cat.jpg', 'ben'), false);
      t.equal(await tx.findReplacement('pictures', 'id of cat.jpg'), undefined);
      await tx.addShare(ben, 7);
      t.match(await tx.findListedFile('pictures', 'cat.jpg'), { sharer: 'ben', sharedAtMs: 7 });
      const replacement = { name: 'cat.jpg', sharer: 'ben' };
      t.same(await tx.findReplacement('pictures', 'id of cat.jpg'), replacement);
      t.equal(await tx.findReplacement('pictures', 'new cat'), undefined);
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'id of cat.jpg'), true);
      t.equal(await tx.contentStanding('pictures', 'id of cat.jpg'), 'former');
      t.equal(await tx.contentStanding('pictures', 'new cat'), 'shared');
      t.equal(await tx.contentStanding('pictures', 'nothing'), undefined);
      t.equal(await tx.isFormerVersion('pictures', 'dog.jpg', 'id of cat.jpg'), false);
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'new cat'), false);
      t.equal(await tx.hasContent('pictures', 'id of cat.jpg'), true);
      t.same(await storedBytes(tx, 'anna'), { userBytes: 3, totalBytes: 6 }, 'it takes room');
      t.same(await removeSharesOf(tx, 'pictures', 'ben'), ['new cat']);
      t.equal(await tx.findFile('pictures', 'cat.jpg'), undefined);
      t.equal(await tx.findReplacement('pictures', 'id of cat.jpg'), undefined, 'by nothing now');
      t.equal(await tx.hasContent('pictures', 'id of cat.jpg'), true);
    });
  });

  scene('a name goes back to what it stood for', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await addDescription(tx, 'new cat', 'anna');
      const name = { groupId: 'pictures', name: 'cat.jpg' };
      await tx.replaceFile({ ...name, fileId: 'new cat', size: 6 }, 7, 3);
      await tx.replaceFile({ ...name, fileId: 'id of cat.jpg', size: 5 }, 8, 3);
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'id of cat.jpg'), false);
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'new cat'), true);
      await tx.addShare({ ...name, userId: 'anna', deviceId: 'anna-pc' }, 8);
      const sharer = { groupId: 'pictures', userId: 'anna', deviceId: 'anna-pc' };
      t.same(
        await tx.removeShares(sharer, ['cat.jpg']),
        [{ name: 'cat.jpg', fileId: 'id of cat.jpg', left: 'nothing' }],
        'what it stood for before is another content',
      );
      t.equal(await tx.findFile('pictures', 'cat.jpg'), undefined);
      await tx.addFile({ ...name, fileId: 'new cat', size: 6 }, 9);
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'new cat'), false);
    });
    t.match(await store.counts(), { files: 1, shares: 0 });
  });

  scene('former versions are bounded by number and by age', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await addShare(tx, 'pictures', 'dog.jpg', 'anna');
      const name = { groupId: 'pictures', name: 'cat.jpg' };
      for (const [fileId, at] of [
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ] as const) {
        await addDescription(tx, fileId, 'anna');
        const gone = await tx.replaceFile({ ...name, fileId, size: 6 }, at, 2);
        t.same(gone, fileId === 'd' ? ['id of cat.jpg'] : []);
      }
      t.equal(await tx.hasContent('pictures', 'id of cat.jpg'), false);
      t.equal(await tx.findDescription('id of cat.jpg'), undefined);
      t.same(await tx.removeFormerVersions(3, 9), []);
      // The same content under another name does not go with the former version.
      await tx.addFile({ ...name, name: 'c.jpg', fileId: 'c', size: 6 }, 5);
      t.same(await tx.removeFormerVersions(9, 1), [{ groupId: 'pictures', fileId: 'b' }]);
      t.equal(await tx.findDescription('b'), undefined);
      t.same(await tx.removeFormerVersions(9, 1), [], 'c is still there as c.jpg');
      t.equal(await tx.isFormerVersion('pictures', 'cat.jpg', 'c'), false);
      await tx.replaceFile({ ...name, fileId: 'id of dog.jpg', size: 5 }, 10, 2);
      await removeGroup(tx, 'pictures');
      t.same(await storedBytes(tx, 'anna'), { userBytes: 0, totalBytes: 0 }, 'a group takes all');
    });
  });

  scene('a description is kept while any group uses it', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addGroup(tx, 'pets', 'ben');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await tx.addFile({ groupId: 'pets', name: 'cat', fileId: 'id of cat.jpg', size: 5 }, 1);
      await tx.addShare({ groupId: 'pets', name: 'cat', userId: 'ben', deviceId: 'ben-pc' }, 1);
      t.same(await removeGroup(tx, 'pictures'), []);
      t.same(await tx.findDescription('id of cat.jpg'), { size: 5, descriptionBytes: 3 });
      await removeGroup(tx, 'pets');
      t.equal(await tx.findDescription('id of cat.jpg'), undefined);
    });
  });

  scene('a group takes all its rows along and names who asked to join', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addPeople(tx, 'cleo');
      await tx.addRequest('pictures', 'cleo', 1, '192.0.2.7');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      t.same(await removeGroup(tx, 'pictures'), ['cleo']);
      t.equal(await tx.countGroupsOf('cleo'), 0);
      t.equal(await tx.countGroupsOf('anna'), 0);
    });
  });

  scene('a content is known to those who are in a group that has it', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      await addGroup(tx, 'pets', 'cleo');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      const isKnownTo = (userId: string) => isKnown(tx, userId, 'id of cat.jpg');
      t.equal(await isKnownTo('anna'), true);
      t.equal(await isKnownTo('ben'), true);
      t.equal(await isKnownTo('cleo'), false);
      await tx.addRequest('pictures', 'cleo', 1, '192.0.2.7');
      t.equal(await isKnownTo('cleo'), false, 'asking to join is not being in');
      await tx.removeMember('pictures', 'ben');
      t.equal(await isKnownTo('ben'), false);
      t.equal(await isKnown(tx, 'anna', 'another'), false);
    });
  });

  scene('figures follow whatever comes and goes', async (t, store) => {
    const none = { users: 0, groups: 0, files: 0, shares: 0, descriptionBytes: 0 };
    t.same(await store.counts(), none);
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addGroup(tx, 'pets', 'ben');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await addShare(tx, 'pets', 'dog.jpg', 'ben');
    });
    const all = { users: 2, groups: 2, files: 2, shares: 2, descriptionBytes: 6 };
    t.same(await store.counts(), all);
    const failing = store.transaction(async (tx) => {
      await removeGroup(tx, 'pets');
      throw new Error('changed my mind');
    });
    await t.rejects(failing);
    t.same(await store.counts(), all);
    await store.transaction((tx) => removeGroup(tx, 'pictures'));
    t.same(await store.counts(), { users: 2, groups: 1, files: 1, shares: 1, descriptionBytes: 3 });
    await store.transaction((tx) => removeSharesOf(tx, 'pets', 'ben'));
    t.same(await store.counts(), { ...none, users: 2, groups: 1 });
  });

  scene('a description counts for who brought it, as long as it is there', async (t, store) => {
    await store.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna', 'ben');
      const anna = await addShare(tx, 'pictures', 'cat.jpg', 'anna');
      await addShare(tx, 'pictures', 'dog.jpg', 'ben');
      const ben = { ...anna, userId: 'ben', deviceId: 'ben-pc' };
      await tx.addShare(ben, 2);
      t.same(await storedBytes(tx, 'anna'), { userBytes: 3, totalBytes: 6 });
      t.same(await storedBytes(tx, 'nobody'), { userBytes: 0, totalBytes: 6 });
      await tx.removeShares(anna, ['cat.jpg']);
      t.same(await storedBytes(tx, 'anna'), { userBytes: 3, totalBytes: 6 }, 'ben shares it');
      await tx.removeShares(ben, ['cat.jpg']);
      t.same(await storedBytes(tx, 'anna'), { userBytes: 0, totalBytes: 3 });
      await removeGroup(tx, 'pictures');
      t.same(await storedBytes(tx, 'ben'), { userBytes: 0, totalBytes: 0 });
    });
  });

  scene('descriptions are read from any offset', async (t, store) => {
    const bytes = Buffer.alloc(2 * DESCRIPTION_SLICE_BYTES + 7);
    bytes.forEach((_, index) => (bytes[index] = index % 251));
    await store.transaction(async (tx) => {
      await addPeople(tx, 'anna');
      await tx.addDescription('long', { size: 9 }, bytes, 'anna');
      const read: Uint8Array[] = [];
      let at = 0;
      for (;;) {
        const slice = await tx.readDescription('long', at);
        if (slice.length === 0) break;
        read.push(slice);
        at += slice.length;
      }
      t.equal(Buffer.compare(Buffer.concat(read), bytes), 0);
      const odd = await tx.readDescription('long', DESCRIPTION_SLICE_BYTES + 3);
      t.equal(odd[0], bytes[DESCRIPTION_SLICE_BYTES + 3]);
      t.equal((await tx.readDescription('unknown', 0)).length, 0);
    });
  });

  void t.test('everything is there after closing and opening again', async (t) => {
    const place = createPlace(t);
    const before = await place.open();
    await before.transaction(async (tx) => {
      await addGroup(tx, 'pictures', 'anna');
      await addShare(tx, 'pictures', 'cat.jpg', 'anna');
    });
    await before.close();
    const after = await place.open();
    t.teardown(() => after.close());
    await after.transaction(async (tx) => {
      t.match(await tx.findListedFile('pictures', 'cat.jpg'), { sharer: 'anna' });
      t.same(Buffer.from(await tx.readDescription('id of cat.jpg', 0)), Buffer.from([1, 2, 3]));
    });
  });
}

function newGroup(groupId: string, creatorId: string) {
  return { groupId, creatorId, incarnation: INCARNATION };
}

async function addPeople(tx: StoreTransaction, ...userIds: string[]): Promise<void> {
  for (const userId of userIds) await tx.addUser(userId, 'hash', 1);
}

async function addGroup(
  tx: StoreTransaction,
  groupId: string,
  ...members: [string, ...string[]]
): Promise<void> {
  await addPeople(tx, ...members);
  await tx.addGroup(newGroup(groupId, members[0]), 1);
  for (const userId of members) {
    await tx.addMember(groupId, userId, userId === members[0] ? 'owner' : 'member', 1);
  }
}

async function addShare(tx: StoreTransaction, groupId: string, name: string, userId: string) {
  const fileId = `id of ${name}`;
  await addDescription(tx, fileId, userId);
  await tx.addFile({ groupId, name, fileId, size: 5 }, 1);
  const share = { groupId, name, userId, deviceId: `${userId}-pc` };
  await tx.addShare(share, 1);
  return share;
}

async function addDescription(tx: StoreTransaction, fileId: string, userId: string): Promise<void> {
  await tx.addDescription(fileId, { size: 5 }, Buffer.from([1, 2, 3]), userId);
}

async function isKnown(
  tx: Pick<StoreTransaction, 'findSharing'>,
  userId: string,
  fileId: string,
): Promise<boolean> {
  return (await sharingOf(tx, userId, fileId)).isKnown;
}

async function storedBytes(tx: StoreTransaction, userId: string) {
  const { userBytes, totalBytes } = await sharingOf(tx, userId, 'another');
  return { userBytes, totalBytes };
}

function sharingOf(tx: Pick<StoreTransaction, 'findSharing'>, userId: string, fileId: string) {
  return tx.findSharing({ groupId: 'pictures', name: 'new', userId, deviceId: 'pc' }, fileId);
}
