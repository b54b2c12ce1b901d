/**
 * Each file of a tracker's folder, damaged in each way: it starts, or one line names the file and the
 * way out, and no other file is touched.
 */
import { cp, lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { StorageError } from '../../src/net/errors.js';
import type { LogEntry } from '../../src/tracker/log.js';
import { startTracker, type Tracker } from '../../src/tracker/tracker.js';
import { damage, damages, type Damage } from '../fixtures/damages.js';
import { connect, createDevice } from './tracker-client.js';
import { testFolder } from '../fixtures/test-folder.js';

function start(dataDir: string, logged: LogEntry[] = []): Promise<Tracker> {
  const log = (entry: LogEntry): void => void logged.push(entry);
  return startTracker({ host: '127.0.0.1', port: 0, dataDir, peerTransport: 'tcp', log });
}

/** Folders in which a tracker has run, with an account in it; copies of one. */
const used = join(testFolder(t), 'tracker');
await use(used);
/** The engine of Node 20 may still remove what lies beside a database; that is whole without it. */
const isKept = (path: string): boolean => !/-(wal|shm|journal)$/.test(path);
const usedFolder = (path: string): Promise<void> =>
  cp(used, path, { recursive: true, filter: isKept });

async function use(path: string): Promise<void> {
  const tracker = await start(path);
  const client = await connect(tracker.address, createDevice().credentials);
  await client.call('createUser', { userId: 'ann', password: 'secret' });
  await client.close();
  await tracker.close();
}

/** Every key and database with its bytes. */
async function bytesIn(path: string, but: string): Promise<Map<string, string>> {
  const bytes = new Map<string, string>();
  for (const name of await readdir(path)) {
    const isOwn = name === but || /-(wal|shm|journal)$/.test(name);
    if (isOwn || !(await lstat(join(path, name))).isFile()) continue;
    bytes.set(name, (await readFile(join(path, name))).toString('base64'));
  }
  return bytes;
}

const files = ['tracker.db', 'lock.db', 'identity.json', 'ticket-key.pem'];
const wayOut = /restore|remove|move|give it back/;

/** `lock.db` is empty, and so are the half of it, as many zeros and as much garbage. */
const survives = (name: string, kind: Damage): boolean =>
  name === 'lock.db' && ['empty', 'one byte', 'half', 'zeros', 'garbage'].includes(kind);

for (const name of files) {
  t.test(`${name}, damaged in each way`, async (t) => {
    for (const kind of damages) {
      const path = join(testFolder(t), 'tracker');
      await usedFolder(path);
      const before = await bytesIn(path, name);
      await damage(join(path, name), kind);
      const started = await start(path).catch((error: unknown) => error);
      if (!(started instanceof StorageError)) {
        t.ok(survives(name, kind), `${kind}: it starts`);
        await (started as Tracker).close();
      } else {
        const { message } = started;
        t.notOk(survives(name, kind), `${kind}: ${message}`);
        t.ok(message.includes(join(path, name)), `${kind}: it names the file: ${message}`);
        t.match(message, wayOut, `${kind}: and the way out`);
        t.notMatch(message, /folder that you may write to/);
      }
      t.same(await bytesIn(path, name), before, `${kind}: nothing else is damaged`);
    }
  });
}

t.test('a key that is gone is made anew, and the log says so', async (t) => {
  for (const name of ['identity.json', 'ticket-key.pem']) {
    const path = join(testFolder(t), 'tracker');
    await usedFolder(path);
    await rm(join(path, name));
    const logged: LogEntry[] = [];
    await (await start(path, logged)).close();
    t.match(logged, [{ level: 'warn', event: 'a missing key was made anew', fields: { name } }]);
  }
});
