/** What a client shares from elsewhere on its disk is copied when it downloads that, whatever an earlier run left. */
import { link, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { openEmbeddedDatabase } from '../../src/net/embedded-database.js';
import { openHome } from '../../src/main/home/home.js';
import type { Account } from '../../src/main/home/library-records.js';
import { openLibrary } from '../../src/main/home/open-library.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const FILE = 'film.bin';

/** Bob alone has the file, and shares it from another folder. */
async function scene(t: Test, bytes: number) {
  const content = sampleBytes(bytes);
  const swarm = await startSwarm(t);
  const bob = await swarm.client('bob');
  const elsewhere = join(bob.folder, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, FILE), content);
  await bob.upload(join(elsewhere, FILE));
  const names = async (): Promise<string[]> =>
    (await readdir(bob.folder)).filter((name) => name !== 'home').sort();
  return { swarm, bob, content, elsewhere, names };
}

/** Notes a download of it that was killed. */
async function leaveRow(folder: string, partPath: string): Promise<void> {
  const home = await openHome({ P2P_HOME: join(folder, 'home') });
  const library = await openLibrary(home);
  const database = await openEmbeddedDatabase(home.libraryPath);
  const sql = 'SELECT tracker_id AS trackerId, user_id AS userId FROM shares';
  const account = database.prepare(sql).get() as unknown as Account;
  database.close();
  const share = library.sharesOf(account)[0]!;
  const { fileId, groupId, incarnation, pieceLength, stamp } = share;
  const encoded = library.description(fileId)!;
  const place = { name: FILE, path: join(folder, FILE), partPath, size: stamp.size };
  const download = { id: 'left', groupId, incarnation, fileId, ...place, startedAtMs: 1 };
  library.addDownload(account, download, { fileId, pieceLength, encoded });
  await library.close();
}

for (const bytes of [100 * KiB, 3 * MiB]) {
  t.test(`${bytes} bytes are copied, not fetched`, async (t) => {
    const { bob, content, elsewhere, names } = await scene(t, bytes);
    t.match(await bob.download(FILE), { fetched: 0, reused: bytes });
    t.ok(content.equals(await bob.read(FILE)));
    t.same(await names(), ['elsewhere', FILE]);
    t.ok(content.equals(await readFile(join(elsewhere, FILE))));
  });

  for (const left of ['nothing', 'an empty part', 'a whole part', 'the file', 'both names']) {
    t.test(`${bytes} bytes, of which a kill left ${left}`, async (t) => {
      const { swarm, bob, content, names } = await scene(t, bytes);
      await bob.close();
      const partPath = join(bob.folder, `${FILE}.01234567.part`);
      await leaveRow(bob.folder, partPath);
      if (left === 'an empty part') await writeFile(partPath, '');
      if (left === 'a whole part') await writeFile(partPath, Buffer.alloc(bytes));
      if (['the file', 'both names'].includes(left)) await writeFile(bob.path(FILE), content);
      if (left === 'both names') await link(bob.path(FILE), partPath);
      const again = await swarm.openClient('bob');
      await again.serve();
      await again.logIn();
      // It goes on by itself; whoever asks for it waits for the same.
      t.match(await again.finish('left'), { fetched: 0, path: again.path(FILE) });
      t.ok(content.equals(await again.read(FILE)));
      t.same(await names(), ['elsewhere', FILE]);
      t.match(await again.engine.downloads(), [{ id: 'left', state: 'complete' }]);
    });
  }
}
