import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedDatabase } from '../../../src/net/embedded-database.js';
import { migrate } from '../../../src/tracker/store/sqlite/migrations.js';
import { check } from '../../../src/tracker/upkeep/check.js';
import { enter, openTracker } from '../tracker-client.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** A folder with a group and some history; the tracker has ended. */
async function folderOf(t: Test): Promise<string> {
  const dataDir = join(testFolder(t), 'data');
  const tracker = await openTracker(t, { dataDir });
  const { client } = await enter(tracker, 'anna');
  for (const groupId of ['lab', 'club']) await client.call('createGroup', { groupId });
  await enter(tracker, 'ben');
  const running = await check(dataDir);
  t.match(running, { identity: tracker.deviceId, histories: 2, entries: 2 });
  t.same(running.flaws, [], 'sound while it runs');
  await tracker.close();
  return dataDir;
}

async function change(dataDir: string, sql: string): Promise<void> {
  const database = await openEmbeddedDatabase(join(dataDir, 'tracker.db'));
  database.exec(sql);
  database.close();
}

const breaks: readonly (readonly [name: string, sql: string, flaws: readonly object[]])[] = [
  [
    'an entry that was changed',
    "UPDATE history SET actor = 'ben' WHERE group_id = 'lab'",
    [{ kind: 'history', groupId: 'lab', seq: 1 }],
  ],
  [
    'an entry that is gone',
    "DELETE FROM history WHERE group_id = 'club'",
    [{ kind: 'history', groupId: 'club', seq: 1 }],
  ],
  [
    'an entry that is no text',
    "UPDATE history SET subjects = '{' WHERE group_id = 'lab'",
    [{ kind: 'history', groupId: 'lab', seq: 1 }],
  ],
  [
    'a head that was moved',
    "UPDATE histories SET count = 7 WHERE group_id = 'lab'",
    [{ kind: 'history', groupId: 'lab', seq: 2 }],
  ],
  [
    'a row that is gone under another one',
    "PRAGMA foreign_keys = OFF; DELETE FROM users WHERE user_id = 'ben'",
    [{ kind: 'database', detail: /refers to no row of users/ }],
  ],
  [
    'a figure that is wrong',
    "UPDATE totals SET value = 9 WHERE name = 'users'",
    [{ kind: 'database', detail: '9 users are noted and 2 are there' }],
  ],
  ['a newer schema', 'INSERT INTO schema_version VALUES (999)', [{ kind: 'newer-schema' }]],
];

for (const [name, sql, flaws] of breaks) {
  void t.test(name, async (t) => {
    const dataDir = await folderOf(t);
    await change(dataDir, sql);
    const found = (await check(dataDir)).flaws;
    t.match(found.slice(0, flaws.length), flaws);
    if (flaws[0] !== undefined && 'seq' in flaws[0]) t.equal(found.length, 1);
  });
}

void t.test('files that are missing, damaged or open to others', async (t) => {
  const dataDir = await folderOf(t);
  const path = (name: string): string => join(dataDir, name);
  await chmod(path('identity.json'), 0o644);
  await chmod(dataDir, 0o775);
  await writeFile(path('ticket-key.pem'), 'rubbish');
  t.same((await check(dataDir)).flaws, [
    { kind: 'open-to-others', name: '.', mode: 0o775 },
    { kind: 'open-to-others', name: 'identity.json', mode: 0o644 },
    { kind: 'damaged', name: 'ticket-key.pem' },
  ]);
  await chmod(dataDir, 0o700);
  await rm(path('identity.json'));
  await writeFile(path('tracker.db'), 'no database at all');
  t.match(await check(dataDir), {
    identity: undefined,
    schema: undefined,
    flaws: [
      { kind: 'missing', name: 'identity.json' },
      { kind: 'damaged', name: 'ticket-key.pem' },
      { kind: 'damaged', name: 'tracker.db' },
    ],
  });
  await rm(path('tracker.db'));
  t.match((await check(dataDir)).flaws.at(-1), { kind: 'missing', name: 'tracker.db' });
  await rm(path('ticket-key.pem'));
  await t.rejects(check(dataDir), { code: 'FILE_NOT_FOUND' }, 'nothing is left of a tracker');
});

void t.test('the folder of invites and what is in it are looked at too', async (t) => {
  const dataDir = await folderOf(t);
  const [folder, name] = [join(dataDir, 'invites'), `invites/${'a'.repeat(64)}.json`];
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(dataDir, name), '{}', { mode: 0o600 });
  t.same((await check(dataDir)).flaws, []);
  await chmod(folder, 0o777);
  await chmod(join(dataDir, name), 0o644);
  t.same((await check(dataDir)).flaws, [
    { kind: 'open-to-others', name: 'invites', mode: 0o777 },
    { kind: 'open-to-others', name, mode: 0o644 },
  ]);
});

void t.test('what a tracker that was killed has left is not written to', async (t) => {
  const dataDir = await folderOf(t);
  // As at a kill: what was committed is in the log alone, and nobody has it open.
  const copy = join(dataDir, '..', 'copy');
  const database = await openEmbeddedDatabase(join(dataDir, 'tracker.db'));
  database.exec('UPDATE groups SET epoch = epoch + 1');
  await cp(dataDir, copy, { recursive: true });
  database.close();
  const sums = async (): Promise<unknown> =>
    Promise.all(
      ['tracker.db', 'tracker.db-wal'].map(async (name) => readFile(join(copy, name), 'base64')),
    );
  const before = await sums();
  t.ok((await stat(join(copy, 'tracker.db-wal'))).size > 0);
  t.same((await check(copy)).flaws, []);
  t.same(await sums(), before);
});

void t.test('a page that is damaged is told', async (t) => {
  const dataDir = await folderOf(t);
  const path = join(dataDir, 'tracker.db');
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(0x55, bytes.length - 8_192));
  const { flaws } = await check(dataDir);
  t.ok(flaws.length > 0);
  t.ok(flaws.every(({ kind }) => kind === 'database' || kind === 'damaged'));
});

void t.test('a database of each version before is sound', async (t) => {
  for (const version of [1, 2, 3, 12, 13]) {
    const dataDir = testFolder(t);
    const database = await openEmbeddedDatabase(join(dataDir, 'tracker.db'));
    migrate(database, undefined, version);
    database.close();
    await chmod(join(dataDir, 'tracker.db'), 0o600);
    const { schema, flaws } = await check(dataDir);
    t.equal(schema, version);
    t.same(
      flaws.filter(({ kind }) => kind !== 'missing' && kind !== 'open-to-others'),
      [],
    );
  }
});
