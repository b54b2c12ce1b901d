/**
 * Libraries of every version there was, with rows in them: each is opened and moved up, and says what it
 * said. A version that is added is taken in by itself.
 */
import t from 'tap';
import { openHome, type Home } from '../../../src/main/home/home.js';
import { migrateLibrary, migrations } from '../../../src/main/home/library-schema.js';
import { openLibrary } from '../../../src/main/home/open-library.js';
import { openEmbeddedDatabase } from '../../../src/net/embedded-database.js';
import { fingerprint, releasedSteps } from '../../fixtures/released-steps.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** The first version in which downloads have a place. */
const WITH_PLACES = 10;

const ann = { trackerId: 'tracker', userId: 'ann' };

/** What the first version could hold; later columns are empty in rows of before. */
const ROWS = `
INSERT INTO descriptions (file_id, piece_length, encoded) VALUES ('file-1', 262144, x'0102'), ('file-2', 524288, x'03');
INSERT INTO shares (tracker_id, user_id, group_id, name, file_id, path, size, mtime_ns, inode, shared_at_ms)
  VALUES ('tracker', 'ann', 'chess', 'film', 'file-1', '/files/film', 5000000000, '1700000000123456789', '18446744073709551615', 7);
INSERT INTO downloads (id, tracker_id, user_id, group_id, name, file_id, path, part_path, size, state, error_code, error_message, bitfield, started_at_ms, finished_at_ms)
  VALUES ('d1', 'tracker', 'ann', 'chess', 'film', 'file-1', '/to/film', '/to/film.part', 9, 'complete', NULL, NULL, NULL, 1, 2),
         ('d2', 'tracker', 'ann', 'chess', 'song', 'file-2', '/to/song', '/to/song.part', 9, 'running', NULL, NULL, x'80', 3, NULL),
         ('d3', 'tracker', 'ann', 'chess', 'book', 'file-2', '/to/book', '/to/book.part', 9, 'failed', 'DISK_FULL', 'full', x'40', 4, 5);
`;

async function libraryOf(version: number, home: Home): Promise<void> {
  const database = await openEmbeddedDatabase(home.libraryPath);
  migrateLibrary(database, home.libraryPath, version);
  database.exec(ROWS);
  database.close();
}

for (let version = 1; version <= migrations.length; version++) {
  t.test(`a library of version ${version} is moved up with what is in it`, async (t) => {
    const home = await openHome({ P2P_HOME: testFolder(t) });
    await libraryOf(version, home);
    for (const when of ['at first', 'and later']) {
      const library = await openLibrary(home);
      t.match(library.sharesOf(ann), [
        {
          groupId: 'chess',
          name: 'film',
          fileId: 'file-1',
          path: '/files/film',
          pieceLength: 262144,
          sharedAtMs: 7,
          stamp: {
            size: 5_000_000_000,
            mtimeNs: 1_700_000_000_123_456_789n,
            inode: 2n ** 64n - 1n,
          },
        },
      ]);
      t.match(
        library.listDownloads(ann),
        [
          { id: 'd1', name: 'film', path: '/to/film' },
          { id: 'd2', name: 'song', partPath: '/to/song.part', size: 9 },
          { id: 'd3', name: 'book', path: '/to/book' },
        ],
        when,
      );
      t.same(Buffer.from(library.description('file-2')!), Buffer.of(3));
      t.match(library.unfinishedDownload(ann, 'chess', 'song', '/to/song'), { id: 'd2' });
      for (const { over } of library.listDownloads(ann)) t.equal(over, undefined, 'nothing goes');
      const places = library.listDownloads(ann).map(({ turn }) => turn.place);
      // Rows that were written with tables of places have none of their own here.
      if (version < WITH_PLACES) t.same(places, [1, 2, 3]);
      await library.close();
    }
  });
}

t.test('a library of a version to come is refused and left as it is', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  await libraryOf(migrations.length, home);
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  database.close();
  for (let n = 0; n < 2; n++) {
    await t.rejects(openLibrary(home), {
      code: 'IO_ERROR',
      message: /library\.db was written by a newer p2p/,
    });
  }
});

t.test('no step that users have was edited', (t) => {
  const { library } = releasedSteps;
  t.same(migrations.slice(0, library.length).map(fingerprint), library);
  t.end();
});
