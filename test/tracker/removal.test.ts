import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inTurn } from '../../src/tracker/context.js';
import { existing } from '../../src/tracker/group-rules.js';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import {
  CLEARING_RETRY_AFTER_MS,
  CLEARING_TURN_MS,
  SHARES_ENDED_AT_ONCE,
  SHARES_ENDED_WITH_MEMBERSHIP,
} from '../../src/net/limits.js';
import { hashInviteCode } from '../../src/net/invites.js';
import { removeFromGroup } from '../../src/tracker/removal.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { allPeers } from './presence/all-peers.js';
import { sampleFile } from './tracker-client.js';
import { diskFull, membership, openScene, TrackerScene, type FakeClient } from './tracker-scene.js';
import { at } from '../fixtures/incarnations.js';
import { testFolder } from '../fixtures/test-folder.js';

const cat = sampleFile(1);
const dog = sampleFile(2);
const fish = sampleFile(3);
const g = { groupId: 'g' };

/**
 * Anna owns g with ben in it. Anna shares cat and dog, ben the cat alone; both serve what they
 * share and ben has begun with the dog. Both watch both files.
 */
async function openGroup(t: Test) {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna, ben);
  for (const client of [anna, ben]) {
    await scene.goOnline(client);
    const files = [
      { name: 'cat', ...cat },
      { name: 'dog', ...dog },
    ].map(({ name, fileId, description }) => ({ name, fileId, description }));
    const shared = client === anna ? files : files.slice(0, 1);
    await scene.call(client, 'shareFiles', { ...g, files: shared, announce: true });
  }
  const growing = { ...g, fileId: dog.fileId, state: 'partial' } as const;
  await scene.call(ben, 'announce', { files: [growing] });
  for (const client of [anna, ben]) {
    for (const { fileId } of [cat, dog]) await scene.call(client, 'watch', { ...g, fileId });
  }
  scene.elapse();
  scene.forget();
  return { scene, anna, ben };
}

function remove(scene: TrackerScene, userId: string) {
  return inTurn(scene.context, async (turn) =>
    removeFromGroup(turn, existing(await turn.tx.findGroup('g')), {
      userId,
      type: 'member-removed',
    }),
  );
}

void t.test('a removed member offers and watches nothing in the group any more', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  t.same(await remove(scene, 'ben'), { outcome: 'owner-stays' });
  const { presence } = scene.context;
  t.match(allPeers(presence, 'g', cat.fileId), [{ userId: 'anna' }]);
  t.match(allPeers(presence, 'g', dog.fileId), [{ userId: 'anna' }]);
  t.same(scene.takePushes(anna, ben), [
    [['epoch', { ...g, ...at(2), removedUsers: ['ben'] }]],
    [membership('g', 'removed', 2)],
  ]);
  scene.elapse();
  const gone = (fileId: string) => ['peers', { ...g, fileId, online: [], gone: [ben.deviceId] }];
  t.same(scene.takePushes(anna, ben), [[gone(cat.fileId), gone(dog.fileId)], []]);
});

void t.test('a content that went with the member is withdrawn from everyone', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  t.same(await remove(scene, 'anna'), { outcome: 'new-owner', userId: 'ben' });
  const { presence } = scene.context;
  t.match(allPeers(presence, 'g', cat.fileId), [{ userId: 'ben' }]);
  t.same(allPeers(presence, 'g', dog.fileId), [], 'nobody shares the dog');
  t.same(scene.takePushes(anna, ben), [
    [membership('g', 'removed', 2)],
    [['epoch', { ...g, ...at(2), removedUsers: ['anna'] }], membership('g', 'owner', 2)],
  ]);
});

void t.test('with the last member the group ends, and who asked is told', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  const cleo = await scene.enter('cleo');
  await scene.call(cleo, 'joinGroup', g);
  await remove(scene, 'ben');
  scene.forget();
  t.same(await remove(scene, 'anna'), { outcome: 'group-ended' });
  t.same(scene.takePushes(anna, ben, cleo), [
    [membership('g', 'removed', 3)],
    [],
    [membership('g', 'rejected', 3)],
  ]);
  t.equal(scene.context.presence.counts().announced, 0);
  t.equal(await inTurn(scene.context, ({ tx }) => tx.findGroup('g')), undefined);
});

/** More than end in the turn of a removal. */
const MANY = SHARES_ENDED_WITH_MEMBERSHIP + 1;

/** So many more files in g, shared by a user without a word of the history. */
async function shareMany(scene: TrackerScene, { userId, deviceId }: FakeClient, count = MANY) {
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < count; n++) {
      const [name, fileId] = [`file ${n}`, `${n}`.padStart(64, '0')];
      await tx.addDescription(fileId, { size: 5 }, new Uint8Array(3), userId);
      await tx.addFile({ ...g, name, fileId, size: 5 }, 1);
      await tx.addShare({ ...g, name, userId, deviceId }, 1);
    }
  });
}

const invite = { ...g, uses: 9, lifetimeMs: 60_000 };

/** The same, where ben is an owner too and shares much; both have made a link. */
async function openLargeGroup(t: Test) {
  const opened = await openGroup(t);
  const { scene, anna, ben } = opened;
  await shareMany(scene, ben);
  await scene.call(anna, 'setRole', { ...g, userId: 'ben', role: 'owner' });
  for (const client of [anna, ben]) {
    const inviteId = hashInviteCode(`of ${client.userId}`);
    await scene.call(client, 'createInvite', { ...invite, inviteId });
  }
  scene.forget();
  return opened;
}

/** All that a removal changes in g. */
async function standing({ context: { store } }: TrackerScene) {
  const { epoch, roles, invites, history } = await store.read(async (tx) => ({
    epoch: (await tx.findGroup('g'))?.epoch,
    roles: await Promise.all(['anna', 'ben'].map((userId) => tx.findRole('g', userId))),
    invites: await tx.listGroupInvites('g', { after: undefined, limit: 9 }),
    history: await tx.findHistory('g'),
  }));
  const { files, shares } = await store.counts();
  return { epoch, roles, invites: invites.length, entries: history?.head?.count, files, shares };
}

void t.test('who shares much is out in one turn, and what they shared follows', async (t) => {
  const { scene, anna, ben } = await openLargeGroup(t);
  const before = await standing(scene);
  let turns = 0;
  scene.onCommit = () => void turns++;
  const effects = await scene.effectsOf(async () => {
    t.same(await scene.call(anna, 'kick', { ...g, userId: 'ben' }), { endedInvites: 2 });
  });
  scene.onCommit = undefined;
  t.equal(turns, 1);
  t.same(effects[0], { type: 'member-removed', ...g, userId: 'ben', by: 'anna', ...at(2) });
  t.same(effects.slice(-2), [{ type: 'files-changed', ...g }, { type: 'removal-pending' }]);
  t.equal(scene.wakes, 1);
  const out = {
    ...{ epoch: 2, roles: ['owner', undefined], invites: 0 },
    entries: (before.entries ?? 0) + 1,
  };
  t.same(await standing(scene), { ...out, files: 4, shares: 4 }, 'the rest, and what anna shares');
  t.same(await scene.call(anna, 'listInvites', g), { items: [] }, 'links of before end');
  await t.rejects(scene.call(ben, 'ticket', g), { code: 'NOT_A_MEMBER' });

  const rest = await scene.effectsOf(async () => void t.equal(await scene.clear(), 1));
  t.same(rest.at(-1), { type: 'files-changed', ...g });
  t.same(await standing(scene), { ...out, files: 2, shares: 2 });
  const gone = [...effects, ...rest].filter(({ type }) => type === 'content-gone');
  t.equal(gone.length, MANY, 'each once, and not the cat, which anna shares');
  t.equal(new Set(gone.map((effect) => 'fileId' in effect && effect.fileId)).size, MANY);
  t.equal(await scene.clear(), 0);
});

void t.test('others are heard while a member goes who shares much', async (t) => {
  const { scene } = await openLargeGroup(t);
  let breaths = 0;
  await inTurn(scene.context, async (turn) => {
    const breathe = async () => void breaths++;
    const group = existing(await turn.tx.findGroup('g'));
    await removeFromGroup({ ...turn, breathe }, group, { userId: 'ben', type: 'member-removed' });
  });
  t.equal(breaths, SHARES_ENDED_WITH_MEMBERSHIP / SHARES_ENDED_AT_ONCE - 1);
  t.match(await standing(scene), { roles: ['owner', undefined], files: 4, shares: 4 });
});

void t.test('who shares little leaves nothing behind but contents that nothing uses', async (t) => {
  const { scene } = await openGroup(t);
  await remove(scene, 'ben');
  await remove(scene, 'anna');
  const none = { groups: 0, files: 0, shares: 0 };
  t.match(await scene.context.store.counts(), none);
  t.ok((await scene.context.store.counts()).descriptionBytes > 0);
  t.equal(scene.wakes, 1, 'what ben shared is shared by anna too');
  t.equal(await scene.clear(), 0);
  t.match(await scene.context.store.counts(), { ...none, descriptionBytes: 0 });
});

void t.test('a group with much in it is gone in one turn, and its rows follow', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  await scene.makeGroup('g', anna);
  await shareMany(scene, anna);
  await scene.context.store.transaction(async (tx) => {
    for (let n = 0; n < MANY; n++) {
      const [name, fileId] = [`file ${n}`, `new ${n}`];
      await tx.addDescription(fileId, { size: 5 }, new Uint8Array(3), 'anna');
      await tx.replaceFile({ ...g, name, fileId, size: 5 }, 2, 3);
      await tx.addShare({ ...g, name, userId: 'anna', deviceId: anna.deviceId }, 2);
    }
  });
  let turns = 0;
  scene.onCommit = () => void turns++;
  t.same(await scene.call(anna, 'leaveGroup', g), { groupEnded: true });
  t.equal(turns, 1);
  scene.onCommit = undefined;
  t.equal(scene.wakes, 1);
  t.match(await scene.context.store.counts(), { groups: 1 });
  t.same(await scene.call(anna, 'listGroups', {}), { items: [] });
  t.same(await scene.call(anna, 'listMemberships', {}), { items: [] });
  for (const method of ['ticket', 'listFiles', 'joinGroup', 'leaveGroup'] as const) {
    await t.rejects(scene.call(anna, method, g), { code: 'NO_SUCH_GROUP' }, method);
  }
  const again = () => scene.call(anna, 'createGroup', g);
  await t.rejects(again, { code: 'BUSY', retryAfterMs: CLEARING_RETRY_AFTER_MS });
  t.same(scene.hurried, [g], 'somebody waits for it');

  t.equal(await scene.clear(), 1, 'no time has passed');
  const none = { groups: 0, files: 0, shares: 0, descriptionBytes: 0 };
  t.match(await scene.context.store.counts(), none);
  t.match(await again(), { ...g, epoch: 1 });
});

void t.test('one turn removes for a while, and leaves the rest to the next one', async (t) => {
  const { scene, anna, ben } = await openGroup(t);
  await shareMany(scene, ben, SHARES_ENDED_WITH_MEMBERSHIP + 3 * SHARES_ENDED_AT_ONCE);
  await scene.call(anna, 'kick', { ...g, userId: 'ben' });
  let nowMs = 0;
  scene.steadyMs = () => (nowMs += CLEARING_TURN_MS);
  t.equal(await scene.clear(), 4);
  t.match(await standing(scene), { files: 2, shares: 2 });
});

void t.test('who left much behind comes in again when that is removed', async (t) => {
  const { scene, anna, ben } = await openLargeGroup(t);
  const secret = 'a secret of anna';
  await scene.call(ben, 'leaveGroup', g);
  const link = { ...invite, inviteId: hashInviteCode(secret) };
  await scene.call(anna, 'createInvite', link);
  await scene.call(ben, 'joinGroup', g);
  const busy = { code: 'BUSY', retryAfterMs: CLEARING_RETRY_AFTER_MS };
  await t.rejects(scene.call(anna, 'acceptRequest', { ...g, userId: 'ben' }), busy);
  await t.rejects(scene.call(ben, 'redeemInvite', { ...g, secret }), busy);
  t.match(await scene.call(anna, 'listRequests', g), { items: ['ben'] }, 'nothing of it was done');
  const left = { ...g, userId: 'ben' };
  t.same(scene.hurried, [left, left], 'somebody waits for it');
  await scene.clear();
  await scene.call(anna, 'acceptRequest', { ...g, userId: 'ben' });
  t.match(await standing(scene), { roles: ['owner', 'member'], shares: 2 });
});

void t.test('a name that only those share who are out is free', async (t) => {
  const { scene, anna, ben } = await openLargeGroup(t);
  await scene.call(anna, 'kick', { ...g, userId: 'ben' });
  const left = (await scene.call(anna, 'listFiles', g)).items.find(
    ({ sharer }) => sharer === 'ben',
  );
  const { name, fileId } = left!;
  const effects = await scene.effectsOf(async () => {
    const other = { ...g, name, fileId: fish.fileId, description: fish.description };
    t.same(await scene.call(anna, 'shareFile', other), { outcome: 'created' });
  });
  t.match(effects, [{ type: 'content-gone', ...g, fileId }]);
  await scene.clear();
  const files = (await scene.call(anna, 'listFiles', g)).items;
  t.same(
    files.map((file) => file.sharer),
    ['anna', 'anna', 'anna'],
  );
  t.match(await standing(scene), { files: 3, shares: 3 });
  t.ok(ben);
});

void t.test('what others share too outlives what was left behind', async (t) => {
  const { scene, anna } = await openLargeGroup(t);
  await scene.call(anna, 'kick', { ...g, userId: 'ben' });
  const left = (await scene.call(anna, 'listFiles', g)).items.find(
    ({ sharer }) => sharer === 'ben',
  );
  const { name, fileId } = left!;
  t.same(await scene.call(anna, 'shareFile', { ...g, name, fileId }), { outcome: 'source-added' });
  await scene.clear();
  t.match(await standing(scene), { files: 3, shares: 3 });
  t.ok((await scene.call(anna, 'listFiles', g)).items.some((file) => file.name === name));
});

void t.test('a bound that holds only because of what is removed is no refusal', async (t) => {
  const { scene, anna, ben } = await openLargeGroup(t);
  await scene.makeGroup('h', ben);
  await scene.context.store.transaction((tx) => tx.setQuota({ kind: 'user', id: 'ben', files: 1 }));
  const share = () => scene.call(ben, 'shareFile', { groupId: 'h', name: 'fish', ...shared(fish) });
  await t.rejects(share(), { code: 'QUOTA' });
  await scene.call(anna, 'kick', { ...g, userId: 'ben' });
  await t.rejects(share(), { code: 'BUSY', retryAfterMs: CLEARING_RETRY_AFTER_MS });
  await scene.clear();
  t.same(await share(), { outcome: 'created' });
});

const shared = ({ fileId, description }: typeof cat) => ({ fileId, description });

interface People {
  readonly anna: FakeClient;
  readonly ben: FakeClient;
}

type Ending = (scene: TrackerScene, people: People) => Promise<unknown>;

/** What takes ben out of g. */
const endings: Readonly<Record<'kick' | 'ban' | 'leaveGroup', Ending>> = {
  kick: (scene, { anna }) => scene.call(anna, 'kick', { ...g, userId: 'ben' }),
  ban: (scene, { anna }) => scene.call(anna, 'ban', { ...g, userId: 'ben' }),
  leaveGroup: (scene, { ben }) => scene.call(ben, 'leaveGroup', g),
};

void t.test('when the connection of who asked goes, all has happened or nothing', async (t) => {
  for (const [what, end] of Object.entries(endings)) {
    const { scene, ...people } = await openLargeGroup(t);
    const asker = what === 'leaveGroup' ? people.ben : people.anna;
    const before = await standing(scene);
    const early = end(scene, people);
    asker.socket.terminate();
    await t.rejects(early, { code: 'NOT_LOGGED_IN' }, `${what}: before its turn`);
    t.same(await standing(scene), before, `${what}: nothing`);

    const again = await scene.enter(asker.userId);
    scene.onCommit = () => again.socket.terminate();
    await end(scene, { ...people, [asker.userId]: again });
    scene.onCommit = undefined;
    await scene.clear();
    t.match(
      await standing(scene),
      { epoch: 2, roles: ['owner', undefined], files: 2, shares: 2 },
      `${what}: all`,
    );
  }
});

void t.test('of two owners who kick each other, the first wins', async (t) => {
  const { scene, anna, ben } = await openLargeGroup(t);
  // Ben hears of nothing yet, and asks as soon as anna’s turn has done its work.
  const back = new Promise<unknown>((resolve, reject) => {
    scene.onCommit = () => {
      scene.onCommit = undefined;
      scene.call(ben, 'kick', { ...g, userId: 'anna' }).then(resolve, reject);
    };
  });
  const ends = Promise.allSettled([scene.call(anna, 'kick', { ...g, userId: 'ben' }), back]);
  t.match(await ends, [{ status: 'fulfilled' }, { reason: { code: 'NOT_OWNER' } }]);
  const { items } = await scene.call(anna, 'listMembers', g);
  t.match(items, [{ userId: 'anna', role: 'owner' }]);
  t.equal(items.length, 1);
});

void t.test('a removal that fails half-way or in its commit has changed nothing', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const store = await openSqliteStore(path);
  const database = await openEmbeddedDatabase(path);
  t.teardown(async () => {
    database.close();
    await store.close();
  });
  const scene = new TrackerScene(store);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  await scene.makeGroup('g', anna, ben);
  await shareMany(scene, ben, 3);
  const before = await standing(scene);
  // The epoch rises when the shares, the links and the membership are gone already.
  const whenRaised = 'CREATE TRIGGER broken AFTER UPDATE OF epoch ON groups BEGIN';
  const failures = {
    'half-way': `${whenRaised} SELECT raise(ABORT, 'broken'); END`,
    // What is owed by a row that is not there is asked for by the commit.
    'in the commit': `CREATE TABLE owed (
        user_id TEXT REFERENCES users DEFERRABLE INITIALLY DEFERRED) STRICT;
      ${whenRaised} INSERT INTO owed VALUES ('nobody'); END`,
  };
  for (const [when, failure] of Object.entries(failures)) {
    database.exec(failure);
    for (const [what, end] of Object.entries(endings)) {
      await t.rejects(end(scene, { anna, ben }), { message: /broken|FOREIGN KEY/ }, what);
      t.same(await standing(scene), before, `${what} ${when}`);
    }
    database.exec('DROP TRIGGER broken');
  }
  t.ok(scene.isSilent());
  t.same(scene.takeEffects(), []);
  await endings.kick(scene, { anna, ben });
  t.match(await standing(scene), { roles: ['owner', undefined], shares: 0 });
});

void t.test('what follows a removal, as data and in order', async (t) => {
  const { scene } = await openGroup(t);
  await scene.call(await scene.enter('cleo'), 'joinGroup', g);
  t.same(await scene.effectsOf(() => remove(scene, 'anna')), [
    { type: 'member-removed', ...g, userId: 'anna', ...at(2) },
    { type: 'content-gone', ...g, fileId: dog.fileId },
    { type: 'role-changed', ...g, userId: 'ben', role: 'owner', ...at(2) },
    { type: 'files-changed', ...g },
    { type: 'removal-pending' },
  ]);
  t.same(await scene.effectsOf(() => remove(scene, 'ben')), [
    { type: 'member-removed', ...g, userId: 'ben', ...at(3) },
    { type: 'content-gone', ...g, fileId: cat.fileId },
    { type: 'request-rejected', ...g, userId: 'cleo', ...at(3) },
    { type: 'files-changed', ...g },
    { type: 'removal-pending' },
  ]);
});

void t.test('nothing happens when the commit fails', async (t) => {
  const { scene, anna } = await openGroup(t);
  await t.rejects(
    scene.withFullDisk(() => remove(scene, 'anna')),
    diskFull,
  );
  scene.elapse();
  t.ok(scene.isSilent());
  t.equal(scene.context.presence.counts().announced, 4);
  t.match(await scene.call(anna, 'listMemberships', {}), { items: [{ role: 'owner', ...at(1) }] });
});
