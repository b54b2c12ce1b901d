/**
 * Databases of every version of the tracker there was, with rows in them: each is opened and moved up,
 * and says what it said. A version that is added is taken in by itself.
 */
import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { inspectDatabase } from '../../../../src/tracker/store/sqlite/inspection.js';
import { migrate, schemaSteps } from '../../../../src/tracker/store/sqlite/migrations.js';
import { openSqliteStore } from '../../../../src/tracker/store/sqlite/store-sqlite.js';
import { together } from '../../../../src/tracker/together.js';
import { dropContents } from '../whole-removals.js';
import { fingerprint, releasedSteps } from '../../../fixtures/released-steps.js';
import { testFolder } from '../../../fixtures/test-folder.js';

/** What the first version could hold; later columns have their defaults in rows of before. */
const rowsOf = (version: number): string => `
INSERT INTO users (user_id, password_hash, created_at_ms)
  VALUES ('anna', 'hash of anna', 1), ('ben', 'hash of ben', 2), ('cyd', 'hash of cyd', 3);
INSERT INTO tokens VALUES ('token', 'anna', 'pc', 9000000000000);
INSERT INTO groups (group_id, ${version < 15 ? 'owner_id' : 'creator_id'}, epoch, created_at_ms) VALUES ('chess', 'anna', 5, 1);
INSERT INTO members (group_id, user_id, joined_at_ms) VALUES ('chess', 'anna', 1), ('chess', 'ben', 2);
INSERT INTO requests (group_id, user_id, asked_at_ms) VALUES ('chess', 'cyd', 3);
INSERT INTO descriptions (file_id, size, description_bytes) VALUES ('${'f'.repeat(64)}', 9, 2);
INSERT INTO description_slices VALUES ('${'f'.repeat(64)}', 0, x'0102');
INSERT INTO files (group_id, name, file_id, size) VALUES ('chess', 'film', '${'f'.repeat(64)}', 9);
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms) VALUES ('chess', 'film', 'ben', 'laptop', 4);
${version < 15 ? '' : "UPDATE members SET role = 'owner' WHERE user_id = 'anna';"}
`;

async function databaseOf(version: number, path: string): Promise<void> {
  const database = await openEmbeddedDatabase(path);
  database.exec('PRAGMA foreign_keys = ON');
  migrate(database, undefined, version);
  database.exec(rowsOf(version));
  database.close();
}

const range = { after: undefined, limit: 9 };

for (let version = 1; version <= schemaSteps.length; version++) {
  void t.test(`a database of version ${version} is moved up with what is in it`, async (t) => {
    const path = join(testFolder(t), 'tracker.db');
    await databaseOf(version, path);
    for (const when of ['at first', 'and later']) {
      const store = await openSqliteStore(path);
      await store.transaction(async (tx) => {
        t.equal(await tx.findPasswordHash('cyd'), 'hash of cyd', when);
        t.match(await tx.findToken('token'), { userId: 'anna', deviceId: 'pc' });
        t.match(await tx.findGroup('chess'), { epoch: 5 });
        t.equal(await tx.findRole('chess', 'anna'), 'owner');
        t.equal(await tx.findRole('chess', 'ben'), 'member');
        t.equal(await tx.findRole('chess', 'cyd'), undefined);
        t.same(await tx.listRequests('chess', range), ['cyd']);
        t.match(await tx.listMemberships('ben', range), [{ groupId: 'chess' }]);
        t.equal(await tx.hasContent('chess', 'f'.repeat(64)), true);
      });
      const size = await store.read((tx) => tx.findGroupSize('chess'));
      t.same(size, { members: 2, files: 1, bytes: 2 });
      const counted = { users: 3, groups: 1, files: 1, shares: 1, descriptionBytes: 2 };
      t.match(await store.counts(), counted, 'and counts it');
      await store.close();
    }
  });
}

/** Ben shares a film that was another one before, and the same one in a second group. */
const FORMER = `
INSERT INTO descriptions (file_id, size, description_bytes) VALUES ('before', 7, 3);
INSERT INTO former_versions (group_id, name, file_id, replaced_at_ms) VALUES ('chess', 'film', 'before', 5);
INSERT INTO groups (group_id, creator_id, created_at_ms) VALUES ('go', 'ben', 6);
INSERT INTO members (group_id, user_id, joined_at_ms, role) VALUES ('go', 'ben', 6, 'owner');
INSERT INTO files (group_id, name, file_id, size) VALUES ('go', 'film', '${'f'.repeat(64)}', 9);
INSERT INTO shares (group_id, name, user_id, device_id, shared_at_ms) VALUES ('go', 'film', 'ben', 'laptop', 7);
`;

void t.test('shares that were of a membership outlive it when they are moved up', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  await databaseOf(17, path);
  const before = await openEmbeddedDatabase(path);
  before.exec(FORMER);
  before.close();
  const store = await openSqliteStore(path);
  t.same((await inspectDatabase(path)).flaws, []);
  const used = () =>
    store.read((tx) => together(tx.countSharesOf('ben'), tx.findDescribedBytes('ben')));
  t.same(await used(), [2, 4]);
  await store.transaction(async (tx) => {
    await tx.removeMember('chess', 'ben');
    await tx.addPendingRemoval({ groupId: 'chess', userId: 'ben' });
  });
  t.same(await used(), [2, 4], 'counted until it has ended');
  t.same(await store.transaction((tx) => tx.removeSomeSharesOf('chess', 'ben')), {
    gone: ['f'.repeat(64)],
    isRest: false,
  });
  t.same(await used(), [1, 2]);
  await store.transaction(async (tx) => {
    await tx.endGroup('chess');
    while (!(await tx.removeSomeOfGroup('chess')));
    await dropContents(tx);
  });
  const left = { groups: 1, files: 1, shares: 1, descriptionBytes: 2 };
  t.match(await store.counts(), left, 'what another group has stays');
  await store.close();
  t.same((await inspectDatabase(path)).flaws, []);
});

void t.test('a database of a version to come is refused', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  await databaseOf(schemaSteps.length, path);
  const database = await openEmbeddedDatabase(path);
  database.exec(`INSERT INTO schema_version VALUES (${schemaSteps.length + 1})`);
  database.close();
  await t.rejects(openSqliteStore(path), { code: 'IO_ERROR', message: /newer version/ });
});

void t.test('no step that users have was edited', (t) => {
  const { tracker } = releasedSteps;
  t.same(schemaSteps.slice(0, tracker.length).map(fingerprint), tracker);
  t.end();
});
