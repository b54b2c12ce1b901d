import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedDatabase } from '../../../src/net/embedded-database.js';
import { encodeInvite, hashInviteCode, invitePathOf } from '../../../src/net/invites.js';
import { backup } from '../../../src/tracker/upkeep/backup.js';
import { checkBackup, restore } from '../../../src/tracker/upkeep/restore.js';
import { check } from '../../../src/tracker/upkeep/check.js';
import { admit, connect, enter, openTracker } from '../tracker-client.js';
import { testFolder } from '../../fixtures/test-folder.js';

const MADE_AT_MS = 1_795_000_000_000;

const make = (dataDir: string, path: string, isOverwriting = false) =>
  backup({ dataDir, path, isOverwriting, nowMs: MADE_AT_MS });

/** A folder on which a tracker has run; it has ended. */
async function ended(t: Test, dataDir: string): Promise<string> {
  const tracker = await openTracker(t, { dataDir });
  await enter(tracker, 'anna');
  await tracker.close();
  return dataDir;
}

void t.test('what a running tracker knew is back on another folder', async (t) => {
  const folder = testFolder(t);
  const [dataDir, path, other] = ['data', 'backup', 'other'].map((name) => join(folder, name));
  const tracker = await openTracker(t, { dataDir: dataDir!, registration: 'open' });
  const [anna, ben, cleo] = [
    await enter(tracker, 'anna'),
    await enter(tracker, 'ben'),
    await enter(tracker, 'cleo'),
  ];
  await anna.client.call('createGroup', { groupId: 'lab' });
  await admit(anna, 'lab', ben);
  const [code, farAwayMs] = ['a code', Date.now() + 60_000];
  await mkdir(join(dataDir!, 'invites'));
  const invite = encodeInvite({ uses: 1, expiresAtMs: farAwayMs });
  await writeFile(invitePathOf(dataDir!, hashInviteCode(code)), invite);
  // Others go on writing meanwhile.
  const writing = (async () => {
    for (let n = 0; n < 30; n++) await cleo.client.call('createGroup', { groupId: `group-${n}` });
  })();
  const facts = await make(dataDir!, path!);
  await writing;
  t.equal(facts.identity, tracker.deviceId);
  t.equal(facts.bytes, (await stat(path!)).size);
  t.equal((await stat(path!)).mode & 0o777, 0o600);
  t.same(await checkBackup(path!), facts);
  // What comes later is not in it.
  await anna.client.call('createGroup', { groupId: 'later' });
  await tracker.close();

  t.same(await restore({ dataDir: other!, path: path!, nowMs: MADE_AT_MS }), facts);
  t.same((await check(other!)).flaws, []);
  const again = await openTracker(t, { dataDir: other!, registration: 'invite' });
  t.equal(again.deviceId, tracker.deviceId);
  const client = await connect(again.address, ben.credentials);
  t.match(await client.call('resume', { token: ben.token }), { userId: 'ben' });
  const { items } = await client.call('listMembers', { groupId: 'lab' });
  t.match(items, [{ userId: 'anna' }, { userId: 'ben' }], 'the group is that of before');
  await client.close();
  const guest = await connect(again.address, undefined);
  await guest.call('createUser', { userId: 'dora', password: 'secret', invite: code });
  await guest.close();
  await again.close();
  const database = await openEmbeddedDatabase(join(other!, 'tracker.db'));
  const { epoch } = database.prepare("SELECT epoch FROM groups WHERE group_id = 'lab'").get() as {
    epoch: number;
  };
  t.equal(epoch, MADE_AT_MS / 1_000, 'no ticket of a later epoch is out');
  const later: unknown = database.prepare("SELECT 1 FROM groups WHERE group_id = 'later'").get();
  t.equal(later, undefined);
  database.close();
});

void t.test('nothing is replaced without a word, and nothing half is left', async (t) => {
  const folder = testFolder(t, { taken: 'mine' });
  const dataDir = await ended(t, join(folder, 'data'));
  const taken = join(folder, 'taken');
  await t.rejects(make(dataDir, taken), { code: 'DESTINATION_EXISTS' });
  t.equal(await readFile(taken, 'utf8'), 'mine');
  await make(dataDir, taken, true);
  await checkBackup(taken);
  t.equal((await stat(taken)).mode & 0o777, 0o600);
  await t.rejects(make(dataDir, folder, true), { code: 'NO_DESTINATION' });
  await t.rejects(make(dataDir, join(folder, 'no', 'where')), { name: 'StorageError' });
  t.same((await readdir(folder)).sort(), ['data', 'taken']);
});

void t.test('a folder without a database or a key is not backed up', async (t) => {
  const folder = testFolder(t, { empty: {} });
  const path = join(folder, 'backup');
  await t.rejects(make(join(folder, 'empty'), path), { code: 'STATE_MISSING' });
  await t.rejects(make(join(folder, 'nowhere'), path), { code: 'STATE_MISSING' });
  const dataDir = await ended(t, join(folder, 'data'));
  await rm(join(dataDir, 'ticket-key.pem'));
  await t.rejects(make(dataDir, path), { code: 'STATE_MISSING', message: /ticket-key/ });
  t.same((await readdir(folder)).sort(), ['data', 'empty']);
});

void t.test(
  'invites that are none, or over, are not in a backup, and every backup can be restored',
  async (t) => {
    const folder = testFolder(t);
    const dataDir = await ended(t, join(folder, 'data'));
    const [path, other] = [join(folder, 'backup'), join(folder, 'other')];
    await mkdir(join(dataDir, 'invites'));
    const at = (code: string): string => invitePathOf(dataDir, hashInviteCode(code));
    const good = encodeInvite({ uses: 1, expiresAtMs: MADE_AT_MS + 1 });
    await writeFile(at('good'), good);
    await writeFile(at('over'), encodeInvite({ uses: 1, expiresAtMs: MADE_AT_MS }));
    await writeFile(at('large'), good + ' '.repeat(70_000));
    await writeFile(at('none'), 'rubbish');
    await writeFile(join(folder, 'elsewhere'), good);
    await symlink(join(folder, 'elsewhere'), at('link'));
    await mkdir(at('folder'));
    await make(dataDir, path);
    await restore({ dataDir: other, path, nowMs: MADE_AT_MS });
    t.same(await readdir(join(other, 'invites')), [`${hashInviteCode('good')}.json`]);
    // A key that is good and that no restore takes.
    const key = join(dataDir, 'ticket-key.pem');
    await writeFile(key, (await readFile(key, 'utf8')) + '\n'.repeat(70_000));
    await t.rejects(make(dataDir, path, true), {
      code: 'VERIFICATION_FAILED',
      message: /not made/,
    });
    await checkBackup(path);
    t.same((await readdir(folder)).sort(), ['backup', 'data', 'elsewhere', 'other']);
  },
);

void t.test('a damaged database makes no backup', async (t) => {
  const folder = testFolder(t);
  const dataDir = await ended(t, join(folder, 'data'));
  const path = join(dataDir, 'tracker.db');
  const bytes = await readFile(path);
  await writeFile(path, bytes.fill(0x55, 4_096));
  await t.rejects(make(dataDir, join(folder, 'backup')), { code: 'IO_ERROR', message: /damaged/ });
  t.same(await readdir(folder), ['data']);
});

void t.test('a backup of which one bit differs makes no folder', async (t) => {
  const folder = testFolder(t);
  const dataDir = await ended(t, join(folder, 'data'));
  const [path, other] = [join(folder, 'backup'), join(folder, 'other')];
  await make(dataDir, path);
  const whole = await readFile(path);
  const places = [0, 5_000, whole.length - 1_500, whole.length - 700, whole.length - 1];
  for (const place of places) {
    const bytes = Buffer.from(whole);
    bytes[place]! ^= 4;
    await writeFile(path, bytes);
    await t.rejects(restore({ dataDir: other, path, nowMs: MADE_AT_MS }), {
      code: 'VERIFICATION_FAILED',
    });
    await t.rejects(checkBackup(path), { code: 'VERIFICATION_FAILED' });
  }
  for (const length of [0, 10, 5_000, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length));
    await t.rejects(restore({ dataDir: other, path, nowMs: MADE_AT_MS }), {
      code: 'VERIFICATION_FAILED',
    });
  }
  await t.rejects(restore({ dataDir: other, path: join(folder, 'none'), nowMs: MADE_AT_MS }), {
    code: 'FILE_NOT_FOUND',
  });
  t.notOk((await readdir(folder)).includes('other'));
});

void t.test('only an empty folder is restored into', async (t) => {
  const folder = testFolder(t, { empty: {}, used: { letter: '' }, left: {}, open: {} });
  const dataDir = join(folder, 'data');
  const tracker = await openTracker(t, { dataDir });
  const path = join(folder, 'backup');
  await make(dataDir, path);
  await t.rejects(restore({ dataDir, path, nowMs: MADE_AT_MS }), { code: 'HOME_IN_USE' });
  await tracker.close();
  await t.rejects(restore({ dataDir, path, nowMs: MADE_AT_MS }), { code: 'DESTINATION_EXISTS' });
  const used = join(folder, 'used');
  await t.rejects(restore({ dataDir: used, path, nowMs: MADE_AT_MS }), {
    code: 'DESTINATION_EXISTS',
  });
  t.same(await readdir(used), ['letter']);
  await chmod(join(folder, 'open'), 0o777);
  await t.rejects(restore({ dataDir: join(folder, 'open'), path, nowMs: MADE_AT_MS }), {
    code: 'PERMISSION_DENIED',
  });
  await restore({ dataDir: join(folder, 'empty'), path, nowMs: MADE_AT_MS });
  const left = join(folder, 'left');
  for (const name of ['tracker.db.restoring', 'identity.json.restoring', 'lock.db']) {
    await writeFile(join(left, name), 'cut short');
  }
  await rm(join(left, 'lock.db'));
  await restore({ dataDir: left, path, nowMs: MADE_AT_MS });
  const names = ['identity.json', 'lock.db', 'ticket-key.pem', 'tracker.db'];
  t.same((await readdir(left)).sort(), names, 'a restore that was killed is done anew');
});

void t.test('a backup of a newer version is not put where it cannot run', async (t) => {
  const folder = testFolder(t);
  const dataDir = await ended(t, join(folder, 'data'));
  const database = await openEmbeddedDatabase(join(dataDir, 'tracker.db'));
  database.exec('INSERT INTO schema_version VALUES (999)');
  database.close();
  const path = join(folder, 'backup');
  t.match(await make(dataDir, path), { schema: 999 });
  const other = join(folder, 'other');
  await t.rejects(restore({ dataDir: other, path, nowMs: MADE_AT_MS }), { message: /schema 999/ });
  await t.rejects(openTracker(t, { dataDir }), { message: /schema 999.*cannot go back/ });
});
