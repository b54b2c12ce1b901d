/** What SQLite goes through when the shares of a member, or a group, end: a cost that no result shows. */
import { Kysely } from 'kysely';
import t from 'tap';
import {
  openEmbeddedDatabase,
  type EmbeddedDatabase,
} from '../../../../src/net/embedded-database.js';
import { accountStatements } from '../../../../src/tracker/store/statements/accounts.js';
import { descriptionStatements } from '../../../../src/tracker/store/sqlite/descriptions.js';
import { embeddedDialect } from '../../../../src/tracker/store/sqlite/dialect.js';
import { shareStatements } from '../../../../src/tracker/store/statements/files.js';
import { shareEndStatements } from '../../../../src/tracker/store/statements/share-ends.js';
import { groupStatements } from '../../../../src/tracker/store/statements/groups.js';
import { memberStatements } from '../../../../src/tracker/store/statements/members.js';
import { migrate } from '../../../../src/tracker/store/sqlite/migrations.js';
import { unusedContentStatements } from '../../../../src/tracker/store/statements/unused-contents.js';
import { newNameStatements } from '../../../../src/tracker/store/sqlite/new-names.js';
import type { Tables } from '../../../../src/tracker/store/statements/tables.js';
import { sqliteWording } from '../../../../src/tracker/store/sqlite/wording.js';
import { INCARNATION } from '../../../fixtures/incarnations.js';
import { removeSharesOf } from '../whole-removals.js';

void t.test('a member’s shares are found by the member, and names by their name', async (t) => {
  const database = await openEmbeddedDatabase(':memory:');
  t.teardown(() => database.close());
  migrate(database);
  const prepared: string[] = [];
  const all: string[] = [];
  const prepare = (sql: string) => {
    prepared.push(sql);
    all.push(sql);
    return database.prepare(sql);
  };
  const tx = new Kysely<Tables>({ dialect: embeddedDialect({ prepare } as EmbeddedDatabase) });
  await accountStatements(tx).addUser('anna', 'hash', 1);
  const group = { groupId: 'g', creatorId: 'anna', incarnation: INCARNATION };
  await groupStatements(tx).addGroup(group, 1);
  await memberStatements(tx).addMember('g', 'anna', 'owner', 1);
  await descriptionStatements(tx).addDescription('cat', { size: 5 }, new Uint8Array(3), 'anna');
  const file = { groupId: 'g', name: 'cat', fileId: 'cat', size: 5 };
  await newNameStatements(database).addFile(file, 1);
  const share = { groupId: 'g', name: 'cat', userId: 'anna', deviceId: 'pc' };
  await shareStatements(tx).addShare(share, 1);
  prepared.length = 0;

  const ending = {
    ...shareEndStatements(tx, sqliteWording),
    ...unusedContentStatements(tx, sqliteWording),
  };
  t.same(await removeSharesOf(ending, 'g', 'anna'), ['cat']);
  const steps = prepared.map((sql) => stepsOf(database, sql));
  t.match(steps[0], [/shares .*rowid/, /shares .*shares_by_user \(user_id=\? AND group_id=\?\)/]);
  t.match(steps[1], [/files .*\(group_id=\? AND name=\?\)/]);
  t.ok(steps.length > 3, 'and the contents and descriptions');
  // Neither all of a table nor all of a group; but the first of those that are noted, and whether any is.
  const first = /^SCAN (unused_contents|turn|CONSTANT ROW|pending_removals .*)$/;
  const whole = steps.flat().filter((step) => /SCAN |\(group_id=\?\)/.test(step));
  t.same(
    whole.filter((step) => !first.test(step)),
    [],
  );

  await descriptionStatements(tx).addDescription('cat', { size: 5 }, new Uint8Array(3), 'anna');
  await newNameStatements(database).addFile(file, 1);
  for (const deviceId of ['pc', 'laptop'])
    await shareStatements(tx).addShare({ ...share, deviceId }, 1);
  prepared.length = 0;
  const sharer = { groupId: 'g', userId: 'anna', deviceId: 'pc' };
  t.match(await shareEndStatements(tx, sqliteWording).removeShares(sharer, ['cat']), [
    { name: 'cat', left: 'others' },
  ]);
  const ended = prepared.map((sql) => stepsOf(database, sql));
  t.match(ended[0], [/shares .*\(group_id=\? AND name=\? AND user_id=\? AND device_id=\?\)/]);
  t.ok(
    ended.flat().some((step) => /files .*file_id/.test(step)),
    'and what is left',
  );
  t.same(
    ended.flat().filter((step) => /SCAN|\(group_id=\?\)|shares_by_user/.test(step)),
    [],
  );
  // What is left is asked of each content, and the first row of it answers.
  const left = all.filter((sql) => /^\s*SELECT value/.test(sql));
  t.equal(left.length, 2);
  for (const sql of left) {
    const [outermost, ...others] = planOf(database, sql);
    t.match(outermost, /^SCAN one\b/);
    t.ok(others.length > 0);
    t.same(
      others.filter((step) => /^SCAN|USE TEMP|DISTINCT/.test(step)),
      [],
    );
    t.match(others, [/^CORRELATED SCALAR SUBQUERY/]);
  }
});

/** How rows are found, but for those of a list that is handed in. */
function stepsOf(database: EmbeddedDatabase, sql: string): string[] {
  return planOf(database, sql).filter((step) => /^(SCAN|SEARCH) (?!json_each|one\b)/.test(step));
}

function planOf(database: EmbeddedDatabase, sql: string): string[] {
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
  return rows.map(({ detail }) => detail);
}
