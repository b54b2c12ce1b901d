/** The thread of the log: a real one on a log that cannot be read, and ends of threads. */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openEmbeddedDatabase } from '../../../../src/net/embedded-database.js';
import { Checkpointer } from '../../../../src/tracker/store/sqlite/checkpointer.js';
import { mayBeTriedAgain } from '../../../../src/net/checkpoints.js';
import { testFolder } from '../../../fixtures/test-folder.js';

/** A database whose log has something in it. */
async function logged(t: Test): Promise<string> {
  const path = join(testFolder(t), 'tracker.db');
  const database = await openEmbeddedDatabase(path);
  t.teardown(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  database.exec('CREATE TABLE words (word TEXT)');
  return path;
}

t.test('what the disk refuses of a copy may be lost', async (t) => {
  const path = await logged(t);
  const checkpointer = new Checkpointer(path);
  t.teardown(() => checkpointer.close());
  t.match(await checkpointer.order('copy'), { ok: true, isDone: true });
  const other = await openEmbeddedDatabase(path);
  other.exec("INSERT INTO words VALUES ('a')");
  other.close();
  await truncate(`${path}-wal`, 32);
  t.match(await checkpointer.order('copy'), { ok: false, isLost: true });
});

t.test('a database that cannot be opened has lost nothing', async (t) => {
  const checkpointer = new Checkpointer(join(testFolder(t), 'nowhere', 'tracker.db'));
  t.teardown(() => checkpointer.close());
  t.match(await checkpointer.order('copy'), { ok: false, isLost: false });
});

t.test('a full disk, a quota and somebody who reads are no loss', async (t) => {
  for (const errcode of [5, 6, 13, 261, 778, 1546]) {
    t.equal(mayBeTriedAgain({ errcode }), true, `${errcode}`);
  }
  for (const errcode of [7, 10, 11, 522, 1034, 1290]) {
    t.equal(mayBeTriedAgain({ errcode }), false, `${errcode}`);
  }
  t.equal(mayBeTriedAgain(new Error('something else')), false);
});

/** The first thread fails at its first order, and takes its time to end; the next one answers. */
const ENTRY = `
import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
parentPort.on('message', (order) => {
  if (order === 'close') return parentPort.close();
  if (existsSync(workerData)) {
    setTimeout(() => parentPort.postMessage({ ok: true, frames: 7, isDone: true }), 100);
    return;
  }
  writeFileSync(workerData, '');
  process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50));
  throw new Error('a bug');
});
`;

t.test('the end of a thread is not that of the next one', async (t) => {
  const entry = new URL(`data:text/javascript,${encodeURIComponent(ENTRY)}`);
  const checkpointer = new Checkpointer(join(testFolder(t), 'mark'), entry);
  await t.rejects(checkpointer.order('copy'), { message: 'a bug' });
  t.match(await checkpointer.order('copy'), { ok: true, frames: 7 });
  t.match(await checkpointer.order('copy'), { ok: true, frames: 7 });
  await checkpointer.close();
});
