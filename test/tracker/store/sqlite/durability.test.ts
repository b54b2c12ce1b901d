/** What the store does with its log: real databases, and a disk that fails. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { copyFile, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { deferred } from '../../../../src/net/deferred.js';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { LOG_FRAMES, MiB, MOST_LOG_FRAMES } from '../../../../src/net/limits.js';
import {
  openSqliteStore,
  type SqliteStoreEvents,
} from '../../../../src/tracker/store/sqlite/store-sqlite.js';
import { WriteAheadLog } from '../../../../src/net/write-ahead-log.js';
import { failingSyncs } from '../../../fixtures/failing-syncs.js';
import { testFolder } from '../../../fixtures/test-folder.js';

const FRAME_BYTES = 4_096 + 24;
const LARGE = new Uint8Array(MiB).fill(7);

async function scene(t: Test, events: SqliteStoreEvents = {}) {
  const path = join(testFolder(t), 'tracker.db');
  const store = await openSqliteStore(path, events);
  t.teardown(() => store.close());
  const addLarge = (id: number) =>
    store.transaction(async (tx) => {
      if (id === 0) await tx.addUser('anna', 'hash', 1);
      await tx.addDescription(String(id), { size: 1 }, LARGE, 'anna');
    });
  return { path, store, addLarge };
}

t.test('the log begins anew, again and again, and nothing is lost by that', async (t) => {
  let began = 0;
  const faults: unknown[] = [];
  const { path, store, addLarge } = await scene(t, {
    onHeldUp: () => void began++,
    onFault: (fault) => faults.push(fault),
  });
  const pages = LARGE.length / 4_096;
  const rounds = Math.ceil((4 * LOG_FRAMES) / pages);
  for (let id = 0; id < rounds; id++) {
    await addLarge(id);
    const { size } = await stat(`${path}-wal`);
    if (size > (MOST_LOG_FRAMES + 2 * pages) * FRAME_BYTES) t.fail(`the log has ${size} bytes`);
    const found = await store.read((facts) => facts.findDescription(String(id)));
    if (found?.descriptionBytes !== LARGE.length) t.fail(`${id} is not there`);
  }
  t.ok(began > 0);
  t.same(faults, []);
  await store.close();
  const again = await openSqliteStore(path);
  const stored = await again.counts();
  await again.close();
  t.equal(stored.descriptionBytes, rounds * LARGE.length);
});

t.test('a log holds what was written since it began anew', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const database = await openEmbeddedDatabase(path);
  t.teardown(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  database.exec('CREATE TABLE words (word TEXT)');
  const log = await WriteAheadLog.open(database, 'a test');
  t.teardown(() => log.close());
  for (let n = 0; n < 3; n++) database.exec(`INSERT INTO words VALUES ('${n}')`);
  const frames = (await stat(`${path}-wal`)).size / FRAME_BYTES;
  t.equal(await log.holds(Math.floor(frames)), true);
  t.equal(await log.holds(Math.floor(frames) + 1), false);
  database.exec('PRAGMA wal_checkpoint(RESTART)');
  database.exec("INSERT INTO words VALUES ('new')");
  t.equal(await log.holds(1), true);
  t.equal(await log.holds(2), false, 'what lies behind is of before');
});

t.test('the log is that of the file to which a link leads', async (t) => {
  const folder = testFolder(t);
  const path = join(folder, 'link.db');
  await symlink('tracker.db', path);
  await writeFile(`${path}-wal`, '');
  const database = await openEmbeddedDatabase(path);
  t.teardown(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT)');
  const log = await WriteAheadLog.open(database, 'a test');
  t.teardown(() => log.close());
  t.equal(await log.holds(1), true);
  t.equal((await stat(`${path}-wal`)).size, 0);
});

t.test('what a sync has lost is told by nobody, and nothing is stored behind it', async (t) => {
  const lost: unknown[] = [];
  const { path, store } = await scene(t, { onLost: (error) => lost.push(error) });
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  const restore = await failingSyncs(path);
  t.teardown(restore);
  const uncertain = { code: 'TRACKER_STORAGE', message: /may|whether/ };
  const both = [
    store.transaction((tx) => tx.addUser('ben', 'hash', 1)),
    store.transaction((tx) => tx.addUser('ben', 'hash', 1)),
  ];
  for (const one of both) await t.rejects(one, uncertain, 'a refusal is no certainty either');
  t.match(lost, [{ code: 'IO_ERROR' }]);
  const seen = await store.read((facts) => facts.findPasswordHash('ben'));
  t.equal(seen, undefined, 'looks see what is on the disk');
  restore();
  await t.rejects(
    store.transaction((tx) => tx.addUser('zoe', 'hash', 1)),
    uncertain,
    'that syncs seem to succeed again says nothing',
  );
  t.equal(lost.length, 1);
  await store.close();
});

t.test('what changes nothing waits for no sync of its own', async (t) => {
  const { path, store } = await scene(t);
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  t.teardown(await failingSyncs(path));
  t.equal(await store.transaction((tx) => tx.addUser('anna', 'hash', 1)), false);
});

/** The log is gone for what this does: SQLite meets errors of the disk where it reads it. */
async function withoutLog(path: string, work: () => Promise<void>): Promise<void> {
  const log = await readFile(`${path}-wal`);
  await truncate(`${path}-wal`, 32);
  await work();
  await writeFile(`${path}-wal`, log);
}

t.test('a look that failed at the disk takes no other out of its moment', async (t) => {
  const { path, store } = await scene(t);
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  const find = (userId: string) => store.read((facts) => facts.findPasswordHash(userId));
  const syncing = deferred<void>();
  const began = deferred<void>();
  const restore = await failingSyncs(path, () => {
    began.resolve();
    return syncing.promise;
  });
  t.teardown(restore);
  const adding = store.transaction((tx) => tx.addUser('ben', 'hash', 1));
  await began.promise;
  const unreadable = { code: 'IO_ERROR' };
  await withoutLog(path, async () => void (await t.rejects(find('anna'), unreadable)));
  await t.rejects(find('ben'), unreadable, 'what is not on the disk is not seen');
  await t.rejects(store.counts(), unreadable);
  syncing.resolve();
  t.equal(await adding, true, 'the change is on the disk, whoever reads');
  restore();
  t.ok(await find('ben'));
  await store.close();
});

t.test('a reader whose disk has failed reads again by itself', async (t) => {
  const lost: unknown[] = [];
  const { path, store } = await scene(t, { onLost: (error) => lost.push(error) });
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  const find = () => store.read((facts) => facts.findPasswordHash('anna'));
  await withoutLog(path, async () => {
    await t.rejects(find(), { code: 'IO_ERROR' });
    await t.rejects(find(), { code: 'IO_ERROR' }, 'and not while it still fails');
  });
  await find().catch(() => undefined);
  // What it does by itself has ended before what is asked for now.
  await store.transaction(async () => undefined);
  t.ok(await find());
  t.same(lost, []);
  await t.resolves(store.close());
});

t.test('a copy that fails at the end is told, and the log is left to the next start', async (t) => {
  const lost: unknown[] = [];
  let log = Buffer.alloc(0);
  const { path, store } = await scene(t, {
    onLost: (error) => {
      lost.push(error);
      // From here on the disk would take it.
      writeFileSync(`${path}-wal`, log);
    },
  });
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  log = readFileSync(`${path}-wal`);
  const before = await readFile(path);
  await truncate(`${path}-wal`, 32);
  await store.close();
  t.match(lost, [{ code: 'IO_ERROR', message: /copying the log/ }]);
  t.ok(log.equals(await readFile(`${path}-wal`)));
  t.ok(before.equals(await readFile(path)));
  const copy = `${path}-of-after`;
  for (const end of ['', '-wal']) await copyFile(`${path}${end}`, `${copy}${end}`);
  const again = await openSqliteStore(copy);
  t.equal((await again.counts()).users, 1);
  await again.close();
});

t.test('a process that ends after a failed sync leaves the log to the next start', async (t) => {
  const path = join(testFolder(t), 'tracker.db');
  const child = fileURLToPath(new URL('../../../fixtures/lost-sync-child.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [child, path], { stdio: 'inherit' });
  t.equal(status, 7);
  t.ok((await stat(`${path}-wal`)).size > 0);
  const again = await openSqliteStore(path);
  t.ok(await again.read((facts) => facts.findPasswordHash('anna')));
  await again.close();
});

t.test('a store opens on a full disk, its log in hand', async (t) => {
  const { path: from, addLarge } = await scene(t);
  await addLarge(0);
  const disk = join(dirname(from), 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    t.comment('skipped: mounting a tmpfs is not allowed here');
    return;
  }
  // One engine keeps files open until its statements are collected.
  t.teardown(() => execFileSync('umount', ['-l', disk]));
  const path = join(disk, 'tracker.db');
  for (const end of ['', '-wal']) await copyFile(`${from}${end}`, `${path}${end}`);
  // SQLite wants its shared memory before it reads anything.
  writeFileSync(`${path}-shm`, Buffer.alloc(32_768));
  const free = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(free.bavail * free.bsize));
  const opened = await openSqliteStore(path);
  t.equal((await opened.counts()).users, 1);
  t.ok((await stat(`${path}-wal`)).size > MiB);
  rmSync(join(disk, 'filler'));
  await opened.close();
});
