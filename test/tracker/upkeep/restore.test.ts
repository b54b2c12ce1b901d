import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedDatabase } from '../../../src/net/embedded-database.js';
import { encodeInvite, hashInviteCode, invitePathOf } from '../../../src/net/invites.js';
import { backup } from '../../../src/tracker/upkeep/backup.js';
import { check } from '../../../src/tracker/upkeep/check.js';
import { restore } from '../../../src/tracker/upkeep/restore.js';
import { enter, openTracker } from '../tracker-client.js';

const NOW_MS = 1_795_000_000_000;
/** The user of a service; nobody has to know it. */
const SERVICE = 54_321;
const skip = process.getuid?.() === 0 ? false : 'acts as two users';

/** A folder that others may enter, and in it the backup of a tracker with a group and an invite. */
async function prepare(t: Test): Promise<{ folder: string; dataDir: string; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-restore-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const [dataDir, path] = [join(folder, 'data'), join(folder, 'backup')];
  const tracker = await openTracker(t, { dataDir });
  const { client } = await enter(tracker, 'anna');
  await client.call('createGroup', { groupId: 'lab' });
  await mkdir(join(dataDir, 'invites'), { mode: 0o700 });
  const invite = encodeInvite({ uses: 1, expiresAtMs: NOW_MS + 60_000 });
  await writeFile(invitePathOf(dataDir, hashInviteCode('a code')), invite, { mode: 0o600 });
  await tracker.close();
  await backup({ dataDir, path, isOverwriting: false, nowMs: NOW_MS });
  return { folder, dataDir, path };
}

async function inDatabase<T>(dataDir: string, sql: string): Promise<T> {
  const database = await openEmbeddedDatabase(join(dataDir, 'tracker.db'));
  try {
    return database.prepare(sql).get() as T;
  } finally {
    database.close();
  }
}

const epochOf = async (dataDir: string): Promise<number> =>
  (await inDatabase<{ epoch: number }>(dataDir, 'SELECT epoch FROM groups')).epoch;

/** What a removal does to it. */
const raise = async (dataDir: string): Promise<number> =>
  (
    await inDatabase<{ epoch: number }>(
      dataDir,
      'UPDATE groups SET epoch = epoch + 1 RETURNING epoch',
    )
  ).epoch;

async function ownersIn(dataDir: string): Promise<ReadonlyMap<string, number>> {
  const owners = new Map([['.', (await stat(dataDir)).uid]]);
  for (const name of await readdir(dataDir, { recursive: true })) {
    owners.set(name, (await lstat(join(dataDir, name))).uid);
  }
  return owners;
}

void t.test(
  'a link that was planted is refused, and what it leads to is nobody else’s',
  async (t) => {
    const { folder, path } = await prepare(t);
    const victim = join(folder, 'victim');
    await writeFile(victim, 'mine', { mode: 0o600 });
    for (const name of ['x.restoring', 'lock.db', 'lock.db-journal', 'tracker.db.restoring']) {
      const other = join(folder, name);
      await mkdir(other, { mode: 0o700 });
      await symlink(victim, join(other, name));
      if (skip === false) await chown(other, SERVICE, SERVICE);
      await t.rejects(restore({ dataDir: other, path, nowMs: NOW_MS }), {
        code: 'DESTINATION_EXISTS',
        message: /is a link/,
      });
      t.same(await readdir(other), [name]);
    }
    t.equal(await readFile(victim, 'utf8'), 'mine');
    t.equal((await stat(victim)).uid, process.getuid?.());
  },
);

void t.test('what root restores belongs to whoever has the folder', { skip }, async (t) => {
  const { folder, path } = await prepare(t);
  // Where its owner comes to it, and where only root does, as to those of a dynamic user.
  for (const [place, mode] of [
    ['open', 0o755],
    ['closed', 0o700],
  ] as const) {
    const state = join(folder, place, 'state');
    await mkdir(state, { recursive: true });
    await chmod(join(folder, place), mode);
    await chown(state, SERVICE, SERVICE);
    const there = join(state, 'there');
    await mkdir(there, { mode: 0o700 });
    await chown(there, SERVICE + 1, SERVICE + 1);
    await restore({ dataDir: join(state, 'deep', 'new'), path, nowMs: NOW_MS });
    await restore({ dataDir: there, path, nowMs: NOW_MS });
    const owners = await ownersIn(join(state, 'deep', 'new'));
    t.equal(owners.size, 7, 'the folder, four files, the invites and one');
    t.same(new Set(owners.values()), new Set([SERVICE]), place);
    t.equal((await stat(join(state, 'deep'))).uid, SERVICE);
    t.same(new Set((await ownersIn(there)).values()), new Set([SERVICE + 1]), place);
    t.same((await check(there)).flaws, []);
    t.equal(process.geteuid?.(), 0, 'root is root again');
  }
});

void t.test('what root cannot do as the owner is not done', { skip }, async (t) => {
  const { folder, path } = await prepare(t);
  const other = join(folder, 'other');
  await mkdir(other, { mode: 0o500 });
  await chown(other, SERVICE, SERVICE);
  await t.rejects(restore({ dataDir: other, path, nowMs: NOW_MS }), { code: 'PERMISSION_DENIED' });
  t.equal(process.geteuid?.(), 0);
  await lchown(other, 0, 0);
  await restore({ dataDir: other, path, nowMs: NOW_MS });
});

void t.test('each restore begins at epochs that were never given out', async (t) => {
  const { folder, path } = await prepare(t);
  const at = (name: string): string => join(folder, name);
  await restore({ dataDir: at('first'), path, nowMs: NOW_MS });
  const first = await epochOf(at('first'));
  t.equal(first, NOW_MS / 1_000);
  const removed = await raise(at('first'));
  await restore({ dataDir: at('second'), path, nowMs: NOW_MS + 3_600_000 });
  t.ok((await epochOf(at('second'))) > removed);
  // A backup of what was restored, twice as well.
  const later = at('later');
  await backup({ dataDir: at('first'), path: later, isOverwriting: false, nowMs: NOW_MS });
  await restore({ dataDir: at('third'), path: later, nowMs: NOW_MS + 7_200_000 });
  const again = await raise(at('third'));
  await restore({ dataDir: at('fourth'), path: later, nowMs: NOW_MS + 10_800_000 });
  t.ok((await epochOf(at('fourth'))) > again);
  // A clock that is behind.
  await restore({ dataDir: at('fifth'), path: later, nowMs: 0 });
  t.equal(await epochOf(at('fifth')), removed + 1_000_000);
  await inDatabase(at('fifth'), 'UPDATE groups SET epoch = 4294967290 RETURNING 1');
  await backup({ dataDir: at('fifth'), path: at('end'), isOverwriting: false, nowMs: 0 });
  await restore({ dataDir: at('sixth'), path: at('end'), nowMs: NOW_MS });
  t.equal(await epochOf(at('sixth')), 2 ** 32 - 1, 'a ticket holds no more');
});

void t.test('a restore that was killed starts no tracker, and is done again', async (t) => {
  const { folder, dataDir, path } = await prepare(t);
  const other = join(folder, 'other');
  await restore({ dataDir: other, path, nowMs: NOW_MS });
  await rename(join(other, 'tracker.db'), join(other, 'tracker.db.restoring'));
  const stale = invitePathOf(other, hashInviteCode('an older code'));
  await writeFile(stale, encodeInvite({ uses: 1, expiresAtMs: NOW_MS + 60_000 }));
  await writeFile(join(other, 'identity.json'), 'of another backup');
  await t.rejects(openTracker(t, { dataDir: other }), {
    code: 'STATE_MISSING',
    message: /a restore .* was cut short; run it again/,
  });
  await restore({ dataDir: other, path, nowMs: NOW_MS });
  t.same((await check(other)).flaws, []);
  for (const name of ['identity.json', 'ticket-key.pem']) {
    t.same(await readFile(join(other, name)), await readFile(join(dataDir, name)));
  }
  t.same(await readdir(join(other, 'invites')), await readdir(join(dataDir, 'invites')));
  t.notOk((await readdir(other)).some((name) => name.endsWith('.restoring')));
  await (await openTracker(t, { dataDir: other })).close();

  // Killed before any file had its name.
  const early = join(folder, 'early');
  await mkdir(early, { mode: 0o700 });
  await writeFile(join(early, 'tracker.db.restoring'), 'a part');
  await t.rejects(openTracker(t, { dataDir: early }), { code: 'STATE_MISSING' });
  // Beside files of somebody else it is not taken for one of ours.
  await writeFile(join(early, 'letter'), 'mine');
  await t.rejects(restore({ dataDir: early, path, nowMs: NOW_MS }), {
    code: 'DESTINATION_EXISTS',
  });
  await rm(join(early, 'letter'));
  await mkdir(join(early, 'invites'));
  await symlink('/nowhere', invitePathOf(early, hashInviteCode('a code')));
  await t.rejects(restore({ dataDir: early, path, nowMs: NOW_MS }), { message: /is a link/ });
  await rm(join(early, 'invites'), { recursive: true });
  await restore({ dataDir: early, path, nowMs: NOW_MS });
  await (await openTracker(t, { dataDir: early })).close();
});
