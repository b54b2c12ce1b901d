import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createDeviceCredentials } from '../../src/net/device-identity.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { openDataDir } from '../../src/tracker/data-dir.js';
import { testFolder } from '../fixtures/test-folder.js';

void t.test('keys are made once, for their owner alone', async (t) => {
  const path = join(testFolder(t), 'tracker');
  const first = await openDataDir(path);
  await (await openSqliteStore(first.storePath)).close();
  const made: string[] = [];
  const keys = await first.keys((name) => made.push(name));
  t.same(made, ['identity.json', 'ticket-key.pem']);
  first.release();
  first.release();
  const second = await openDataDir(path);
  t.same(await second.keys((name) => made.push(name)), keys);
  t.equal(made.length, 2, 'and no more');
  t.equal(second.storePath, join(path, 'tracker.db'));
  second.release();
  t.equal((await stat(path)).mode & 0o777, 0o700);
  for (const name of ['identity.json', 'ticket-key.pem']) {
    t.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);
  }
});

void t.test('one tracker has it at a time', async (t) => {
  const path = testFolder(t);
  const holder = await openDataDir(path);
  await t.rejects(openDataDir(path), { code: 'HOME_IN_USE', message: /another tracker/ });
  holder.release();
  (await openDataDir(path)).release();
});

void t.test('a damaged identity is refused with advice, and the lock let go', async (t) => {
  for (const text of ['', '{', 'null', '[]', '{"keyPem":"x"}']) {
    const path = testFolder(t);
    await writeFile(join(path, 'identity.json'), text);
    await writeFile(join(path, 'tracker.db'), 'there');
    for (let n = 0; n < 2; n++) {
      await t.rejects(openDataDir(path), { code: 'IO_ERROR', message: /restore it/ }, text);
    }
  }
});

void t.test(
  'a key that TLS would not take, or that signs no tickets, is refused by name',
  async (t) => {
    const path = join(testFolder(t), 'tracker');
    await started(path);
    const whole = await readFile(join(path, 'identity.json'), 'utf8');
    const { keyPem, certPem } = JSON.parse(whole) as { keyPem: string; certPem: string };
    const other = createDeviceCredentials().certPem;
    for (const damaged of [
      { keyPem, certPem: other },
      { keyPem: keyPem.slice(0, 60), certPem },
      { keyPem, certPem: `${certPem}-----BEGIN CERTIFICATE-----\nA!\n-----END CERTIFICATE-----\n` },
    ]) {
      await writeFile(join(path, 'identity.json'), JSON.stringify(damaged));
      await t.rejects(openDataDir(path), { code: 'IO_ERROR', message: /identity\.json/ });
    }
    await writeFile(join(path, 'identity.json'), whole);
    for (const damaged of ['', 'rubbish', keyPem]) {
      await writeFile(join(path, 'ticket-key.pem'), damaged);
      await t.rejects(openDataDir(path), { code: 'IO_ERROR', message: /ticket-key\.pem/ });
    }
  },
);

void t.test('what is no folder is refused', async (t) => {
  const path = join(testFolder(t, { file: '' }), 'file');
  await t.rejects(openDataDir(path), { name: 'StorageError' });
});

/** A folder after the first start of a tracker; answers its keys. */
async function started(path: string) {
  const dir = await openDataDir(path);
  await (await openSqliteStore(dir.storePath)).close();
  const keys = await dir.keys(() => undefined);
  dir.release();
  return keys;
}

void t.test('keys without a database are no fresh folder, unless somebody says so', async (t) => {
  for (const lose of [
    (path: string) => rm(join(path, 'tracker.db')),
    (path: string) => writeFile(join(path, 'tracker.db'), ''),
  ]) {
    const path = join(testFolder(t), 'tracker');
    const keys = await started(path);
    await lose(path);
    const before = await namesIn(path);
    const lost = { code: 'STATE_MISSING', message: /tracker\.db is .*backup.*--new/ };
    for (let n = 0; n < 2; n++) await t.rejects(openDataDir(path), lost);
    t.same(await namesIn(path), before, 'nothing was put there');
    const dir = await openDataDir(path, { isNew: true });
    t.same(await dir.keys(t.fail.bind(t)), keys, 'clients go on trusting it');
    dir.release();
  }
});

void t.test('a database on a server is noted, and none in the folder is passed over', async (t) => {
  const path = join(testFolder(t), 'tracker');
  const elsewhere = await openDataDir(path, { isElsewhere: true });
  t.equal(elsewhere.hadKeys, false);
  const early = (await readdir(path)).filter((name) => !name.startsWith('lock.db'));
  t.same(early, [], 'nothing is noted before the database is there');
  const keys = await elsewhere.keys(() => undefined);
  elsewhere.release();
  const all = ['database-elsewhere', 'identity.json', 'lock.db', 'ticket-key.pem'];
  t.same(await readdir(path), all);
  await t.rejects(openDataDir(path), { code: 'STATE_MISSING', message: /--database/ });
  const again = await openDataDir(path, { isElsewhere: true });
  t.equal(again.hadKeys, true);
  again.release();
  const file = await openDataDir(path, { isNew: true });
  await (await openSqliteStore(file.storePath)).close();
  t.same(await file.keys(t.fail.bind(t)), keys);
  file.release();
  t.notOk((await readdir(path)).includes('database-elsewhere'));
  const own = { code: 'DESTINATION_EXISTS', message: /a database of its own/ };
  await t.rejects(openDataDir(path, { isElsewhere: true }), own);
  await t.rejects(openDataDir(path, { isElsewhere: true, isNew: true }), own);
});

void t.test('a start that was cut short before its keys is begun again', async (t) => {
  const path = join(testFolder(t), 'tracker');
  (await openDataDir(path)).release();
  (await openDataDir(path)).release();
  t.same(await readdir(path), ['lock.db', 'tracker.db']);
});

void t.test('files that others could read become their owner’s alone', async (t) => {
  const path = testFolder(t, {
    'tracker.db': '',
    'tracker.db-wal': '',
    'tracker.db-shm': '',
    'lock.db': '',
    'identity.json': JSON.stringify(createDeviceCredentials()),
  });
  await chmod(path, 0o755);
  for (const name of await readdir(path)) await chmod(join(path, name), 0o644);
  const dir = await openDataDir(path, { isNew: true });
  await dir.keys(() => undefined);
  const store = await openSqliteStore(dir.storePath);
  await store.transaction((tx) => tx.addUser('anna', 'hash', 1));
  for (const name of await readdir(path)) {
    t.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);
  }
  await store.close();
  dir.release();
});

for (const [who, mode] of [
  ['everybody', 0o757],
  ['its group', 0o775],
] as const) {
  void t.test(`a folder that ${who} may write to is refused`, async (t) => {
    const path = testFolder(t);
    await chmod(path, mode);
    const refused = { code: 'PERMISSION_DENIED', message: /chmod go-w/ };
    await t.rejects(openDataDir(path), refused);
    t.same(await readdir(path), [], 'nothing was put there');
    await chmod(path, 0o755);
    (await openDataDir(path)).release();
  });
}

/** But for what the engine of Node 20 removes late. */
async function namesIn(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => !/-(wal|shm)$/.test(name));
}
