/**
 * Random walks over everything that shares, replaces, gives up, removes and ends, with quotas in the way: what the
 * store keeps of users and groups is what counting it anew comes to, after every step.
 */
import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { TrackerError } from '../../src/net/errors.js';
import { createAdminCalls } from '../../src/tracker/admin/admin-calls.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { seededRandom } from '../fixtures/seeded-random.js';
import { sampleFile } from './tracker-client.js';
import { TrackerScene, type FakeClient } from './tracker-scene.js';
import { testFolder } from '../fixtures/test-folder.js';

const STEPS = 300;
const people = ['anna', 'ben', 'cleo'];
const groupIds = ['g', 'h'];
const names = ['a', 'b', 'c', 'd'];
const contents = [1, 2, 3].map((pieces) => sampleFile(pieces, pieces));

/** What has happened on the walks. */
const seen = new Set<string>();

const KEPT = `
SELECT 'user' AS kind, user_id AS id, share_count AS files, described_bytes AS bytes,
  description_bytes AS brought, 0 AS members FROM users
UNION ALL SELECT 'group', group_id, file_count, description_bytes, 0, member_count FROM groups
ORDER BY kind, id`;

const COUNTED = `
SELECT 'user' AS kind, user_id AS id,
  (SELECT count(*) FROM shares WHERE shares.user_id = users.user_id) AS files,
  (SELECT coalesce(sum(d.description_bytes), 0) FROM shares s JOIN files USING (group_id, name)
    JOIN descriptions d USING (file_id) WHERE s.user_id = users.user_id) AS bytes,
  (SELECT coalesce(sum(d.description_bytes), 0) FROM description_owners o JOIN descriptions d
    USING (file_id) WHERE o.user_id = users.user_id) AS brought, 0 AS members
  FROM users
UNION ALL SELECT 'group', group_id,
  (SELECT count(*) FROM files WHERE files.group_id = groups.group_id),
  (SELECT coalesce(sum(d.description_bytes), 0) FROM files f JOIN descriptions d USING (file_id)
    WHERE f.group_id = groups.group_id), 0,
  (SELECT count(*) FROM members WHERE members.group_id = groups.group_id)
  FROM groups
ORDER BY kind, id`;

for (const seed of [1, 2, 3]) {
  void t.test(`what is kept is what is there, walk ${seed}`, async (t) => {
    const path = join(testFolder(t), 'tracker.db');
    const store = await openSqliteStore(path);
    t.teardown(() => store.close());
    const looker = await openEmbeddedDatabase(path);
    t.teardown(() => looker.close());
    const scene = new TrackerScene(store);
    const calls = createAdminCalls(scene.context);
    const random = seededRandom(seed);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    const devices: FakeClient[] = [];
    for (const userId of people) {
      for (const device of ['pc', 'phone']) {
        devices.push(await scene.enter(userId, `${userId} ${device}`));
      }
    }
    const owner = (groupId: string) =>
      store.read(async (tx) => {
        const [owner] = await tx.listMembersOf(groupId, ['owner']);
        return devices.find(({ userId }) => userId === owner) ?? devices[0]!;
      });
    const share = () => {
      const { fileId, description } = pick(contents);
      return { name: pick(names), fileId, description, replace: random() < 0.5 };
    };
    const steps: (() => Promise<unknown>)[] = [
      () => scene.call(pick(devices), 'createGroup', { groupId: pick(groupIds) }),
      ...[1, 2, 3].map(() => async () => {
        const [groupId, who] = [pick(groupIds), pick(devices)];
        await scene.call(who, 'joinGroup', { groupId });
        await scene.call(await owner(groupId), 'acceptRequest', { groupId, userId: who.userId });
      }),
      ...[1, 2, 3].map(() => async () => {
        const shared = { groupId: pick(groupIds), files: [share(), share(), share()] };
        const call = scene.call(pick(devices), 'shareFiles', { ...shared, announce: false });
        for (const end of (await call).outcomes) seen.add('code' in end ? end.code : end.outcome);
      }),
      ...[1, 2].map(
        () => () => scene.call(pick(devices), 'shareFile', { groupId: pick(groupIds), ...share() }),
      ),
      ...[1, 2].map(() => () => {
        const named = { groupId: pick(groupIds), name: pick(names) };
        return scene.call(pick(devices), 'stopShare', named);
      }),
      () => scene.call(pick(devices), 'leaveGroup', { groupId: pick(groupIds) }),
      async () => {
        const groupId = pick(groupIds);
        // Seldom, or no group ever gets large.
        if (random() < 0.7) return;
        for (const who of devices) {
          const left = await scene.call(who, 'leaveGroup', { groupId }).catch(() => undefined);
          if (left?.groupEnded) seen.add('group-ended');
        }
      },
      async () => {
        const [groupId, userId] = [pick(groupIds), pick(people)];
        await scene.call(await owner(groupId), 'kick', { groupId, userId });
      },
      () => {
        // Far beyond the age of what was replaced, now and then.
        scene.nowMs += 4 * 24 * 3600_000;
        const files = pick([1, 3, 'none'] as const);
        return calls('setQuota', { kind: pick(['user', 'group']), id: '', change: { files } }, t);
      },
    ];
    for (let step = 0; step < STEPS; step++) {
      try {
        await pick(steps)();
      } catch (error) {
        if (!(error instanceof TrackerError)) throw error;
      }
      const kept = looker.prepare(KEPT).all();
      const counted = looker.prepare(COUNTED).all();
      if (!t.same(kept, counted, `step ${step}`)) return;
    }
  });
}

void t.test('the walks came past everything that changes a figure', async (t) => {
  for (const what of ['created', 'replaced', 'source-added', 'group-ended', 'QUOTA']) {
    t.ok(seen.has(what), what);
  }
});
