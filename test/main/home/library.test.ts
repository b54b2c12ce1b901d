import { stat } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { openHome, type Home } from '../../../src/main/home/home.js';
import type { Library } from '../../../src/main/home/library.js';
import { openLibrary } from '../../../src/main/home/open-library.js';
import type { KeptRecord } from '../../../src/main/home/kept-record.js';
import type { Account, NewDownload, Share } from '../../../src/main/home/library-records.js';
import { MAX_FINISHED_DOWNLOADS, MiB } from '../../../src/net/limits.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { openEmbeddedDatabase } from '../../../src/net/embedded-database.js';
import { testFolder } from '../../fixtures/test-folder.js';

const ann: Account = { trackerId: 'tracker-1', userId: 'ann' };
const bob: Account = { trackerId: 'tracker-1', userId: 'bob' };
const annElsewhere: Account = { trackerId: 'tracker-2', userId: 'ann' };

/** Needs all 64 bits in its numbers. */
const stamp = {
  size: 5_000_000_000,
  mtimeNs: 1_700_000_000_123_456_789n,
  inode: 2n ** 64n - 1n,
  ctimeNs: 1_700_000_001_123_456_789n,
};

function describe(fileId: string, length = 60) {
  return { fileId, pieceLength: MiB, encoded: new Uint8Array(length).fill(7) };
}

function share(name: string, fileId = 'file-1', groupId = 'group'): Share {
  const incarnation = INCARNATION;
  return { groupId, incarnation, name, fileId, path: `/files/${name}`, stamp, sharedAtMs: 1000 };
}

function download(id: string, more: Partial<NewDownload> = {}): NewDownload {
  return {
    id,
    groupId: 'group',
    incarnation: INCARNATION,
    name: 'film',
    fileId: 'file-1',
    path: '/downloads/film',
    partPath: '/downloads/film.part',
    size: stamp.size,
    startedAtMs: 1000,
    turn: { priority: 'normal', place: 1 },
    ...more,
  };
}

/** A record of these kept pieces. */
function kept(...bits: number[]): KeptRecord {
  return { bits: Uint8Array.from(bits), bytes: 77, stamp };
}

/** What comes back of it. */
function keptIn(library: Library, id: string): KeptRecord | undefined {
  const record = library.leftOf(id).kept;
  return record && { ...record, bits: Uint8Array.from(record.bits) };
}

/** Takes a library back to a version that synced nothing. */
const WITHOUT_KEPT = [
  ...[
    'kept',
    'kept_bytes',
    'kept_sum',
    'part_size',
    'part_mtime_ns',
    'part_ctime_ns',
    'part_inode',
  ],
]
  .map((column) => `ALTER TABLE downloads DROP COLUMN ${column};`)
  .join(' ');

async function open(t: Test): Promise<{ home: Home; library: Library }> {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const library = await openLibrary(home);
  t.teardown(() => library.close());
  return { home, library };
}

t.test('shares are kept by account, and come back after a restart', async (t) => {
  const { home, library } = await open(t);
  library.addShare(ann, share('b'), describe('file-1'));
  library.addShare(ann, share('a', 'file-2'), describe('file-2'));
  library.addShare(bob, share('c'), describe('file-1'));
  await library.close();
  await library.close();

  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.same(again.sharesOf(ann), [
    { ...share('a', 'file-2'), pieceLength: MiB },
    { ...share('b'), pieceLength: MiB },
  ]);
  t.same(again.sharesOf(annElsewhere), []);
  t.same(
    again.sharedContents(ann),
    again.sharesOf(ann).map(({ groupId, name, fileId }) => ({ groupId, name, fileId })),
  );
  t.same(again.share(bob, 'group', 'c'), { ...share('c'), pieceLength: MiB });
  t.equal(again.share(bob, 'group', 'a'), undefined);
  t.equal((await stat(home.libraryPath)).mode & 0o777, 0o600);
});

t.test('one content may be shared with several groups and is described once', async (t) => {
  const { library } = await open(t);
  library.addShare(ann, share('a', 'file-1', 'one'), describe('file-1'));
  library.addShare(ann, share('b', 'file-1', 'two'), describe('file-1'));
  t.same(
    library.sharesByFileId(ann, 'file-1').map(({ groupId }) => groupId),
    ['one', 'two'],
  );
  t.same(library.sharesByFileId(bob, 'file-1'), []);

  t.equal(library.removeShare(ann, 'one', 'a')?.name, 'a');
  t.ok(library.description('file-1'));
  library.removeShare(ann, 'two', 'b');
  t.equal(library.description('file-1'), undefined, 'the last share takes it along');
  t.equal(library.removeShare(ann, 'two', 'b'), undefined);
});

t.test('a share of the same name replaces the one before', async (t) => {
  const { library } = await open(t);
  library.addShare(ann, share('a'), describe('file-1'));
  library.addShare(ann, share('a', 'file-2'), describe('file-2'));
  t.same(
    library.sharesOf(ann).map(({ fileId }) => fileId),
    ['file-2'],
  );
  t.equal(library.description('file-1'), undefined);
});

t.test('leaving a group ends its shares and no others', async (t) => {
  const { library } = await open(t);
  library.addShare(ann, share('a', 'file-1', 'left'), describe('file-1'));
  library.addShare(ann, share('b', 'file-2', 'left'), describe('file-2'));
  library.addShare(ann, share('c', 'file-2', 'kept'), describe('file-2'));
  library.addShare(bob, share('d', 'file-3', 'left'), describe('file-3'));
  t.same(
    library.removeGroup(ann, 'left').map(({ name }) => name),
    ['a', 'b'],
  );
  t.same(
    library.sharesOf(ann).map(({ name }) => name),
    ['c'],
  );
  t.equal(library.sharesOf(bob).length, 1);
  t.equal(library.description('file-1'), undefined);
  t.ok(library.description('file-2'));
});

t.test('a description of the largest size comes back as it was', async (t) => {
  const { library } = await open(t);
  const encoded = Buffer.alloc(16 * MiB, 'description');
  library.addShare(ann, share('a'), { fileId: 'file-1', pieceLength: MiB, encoded });
  t.ok(encoded.equals(library.description('file-1')!));
});

t.test('all downloads of a file to a path that are not complete, the latest first', async (t) => {
  const { library } = await open(t);
  const path = '/downloads/film';
  const ids = (of: typeof ann = ann, to = path): string[] =>
    library.unfinishedDownloads(of, 'group', 'film', to).map(({ id }) => id);
  t.same(ids(), []);
  for (const [at, id] of ['old', 'same', 'later', 'new', 'done'].entries()) {
    const startedAtMs = id === 'later' ? 1 : at;
    library.addDownload(ann, { ...download(id), startedAtMs }, describe('file-1'));
  }
  library.addDownload(ann, { ...download('to'), path: '/elsewhere' }, describe('file-1'));
  library.addDownload(ann, { ...download('song'), name: 'song' }, describe('file-1'));
  library.addDownload(ann, { ...download('group'), groupId: 'other' }, describe('file-1'));
  library.addDownload(bob, download('of bob'), describe('file-1'));
  library.failDownload('old', { code: 'TIMEOUT', message: 'too long' }, 9);
  library.finishDownload('done', { size: 1, mtimeNs: 1n, inode: 1n }, 9);
  t.same(ids(), ['new', 'later', 'same', 'old'], 'of one moment the one that was noted last');
  t.equal(library.unfinishedDownload(ann, 'group', 'film', path)?.id, 'new');
  t.same(ids(ann, '/elsewhere'), ['to']);
  t.same(ids(bob), ['of bob']);
  library.forgetDownload('old');
  t.same(ids(), ['new', 'later', 'same']);
});

t.test('a download keeps its pieces over a restart, and resumes', async (t) => {
  const { home, library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  t.same(library.leftOf('d1'), { kept: undefined, verified: undefined });
  library.saveKept('d1', kept(0xa0, 1));
  await library.close();

  const again = await openLibrary(home);
  t.teardown(() => again.close());
  const unfinished = again.unfinishedDownload(ann, 'group', 'film', '/downloads/film');
  t.same(unfinished, {
    ...download('d1'),
    keptBytes: 77,
    state: 'running',
  });
  t.same(keptIn(again, 'd1'), kept(0xa0, 1));
  t.same(again.description('file-1')?.length, 60);
  t.equal(again.unfinishedDownload(ann, 'group', 'film', '/elsewhere'), undefined);
  t.equal(again.unfinishedDownload(bob, 'group', 'film', '/downloads/film'), undefined);
});

t.test(
  'a download remembers what becomes of what has its place, as it was said last',
  async (t) => {
    const { library } = await open(t);
    library.addDownload(ann, { ...download('d1'), over: 'overwrite' }, describe('file-1'));
    const over = (): unknown => library.listDownloads(ann)[0]?.over;
    t.equal(over(), 'overwrite');
    library.restartDownload('d1', INCARNATION, { over: 'keep-older' });
    t.equal(over(), 'keep-older');
    library.restartDownload('d1', INCARNATION);
    t.equal(over(), undefined);
  },
);

t.test('of a download that is complete nothing kept is noted any more', async (t) => {
  const { library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  library.finishDownload('d1', stamp, 2000);
  library.saveKept('d1', kept(0x80));
  t.match(library.listDownloads(ann), [{ keptBytes: 0, state: 'complete' }]);
});

t.test('a finished download is complete and shared, both at once', async (t) => {
  const { library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  library.saveKept('d1', kept(0x80));
  library.finishDownload('d1', stamp, 2000);
  t.same(library.listDownloads(ann), [
    { ...download('d1'), keptBytes: 0, state: 'complete', finishedAtMs: 2000 },
  ]);
  t.same(library.sharesOf(ann), [
    {
      groupId: 'group',
      incarnation: INCARNATION,
      name: 'film',
      fileId: 'file-1',
      path: '/downloads/film',
      stamp,
      sharedAtMs: 2000,
      pieceLength: MiB,
    },
  ]);
  t.equal(library.leftOf('d1').kept, undefined);
  t.equal(library.unfinishedDownload(ann, 'group', 'film', '/downloads/film'), undefined);
  t.match(library.completeDownload(ann, 'group', 'film', '/downloads/film'), { state: 'complete' });
  t.equal(library.completeDownload(ann, 'group', 'film', '/elsewhere'), undefined);
  t.equal(library.completeDownload(bob, 'group', 'film', '/downloads/film'), undefined);
  t.throws(() => library.finishDownload('d1', stamp, 3000), /bug: download d1/);
});

t.test('a complete download keeps its description, and notes a repair', async (t) => {
  const { library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  library.finishDownload('d1', stamp, 2000);
  library.removeShare(ann, 'group', 'film');
  t.ok(library.description('file-1'));
  library.noteRepaired(bob, 'file-1', '/downloads/film', 3000);
  library.noteRepaired(ann, 'file-2', '/downloads/film', 3000);
  library.noteRepaired(ann, 'file-1', '/elsewhere', 3000);
  t.match(library.listDownloads(ann), [{ finishedAtMs: 2000 }]);
  library.noteRepaired(ann, 'file-1', '/downloads/film', 3000);
  t.match(library.listDownloads(ann), [{ finishedAtMs: 3000 }]);
  library.forgetDownload('d1');
  t.equal(library.description('file-1'), undefined);
});

t.test('a failed download says why, keeps its pieces and may run again', async (t) => {
  const { library } = await open(t);
  const error = { code: 'DISK_FULL', message: 'the disk is full' } as const;
  library.addDownload(ann, download('d1'), describe('file-1'));
  library.saveKept('d1', kept(0x80));
  library.failDownload('d1', error, 2000);
  t.same(library.listDownloads(ann), [
    { ...download('d1'), keptBytes: 77, state: 'failed', finishedAtMs: 2000, error },
  ]);
  t.same(keptIn(library, 'd1'), kept(0x80));
  t.ok(library.description('file-1'));
  library.restartDownload('d1', OTHER_INCARNATION);
  const again = { ...download('d1'), keptBytes: 77, incarnation: OTHER_INCARNATION };
  t.same(library.listDownloads(ann), [{ ...again, state: 'running' }], 'in the group of now');
});

t.test('downloads are listed oldest first, each account its own', async (t) => {
  const { library } = await open(t);
  library.addDownload(ann, download('late', { startedAtMs: 30 }), describe('file-1'));
  library.addDownload(ann, download('early', { startedAtMs: 10 }), describe('file-1'));
  library.addDownload(ann, download('same', { startedAtMs: 30 }), describe('file-1'));
  library.addDownload(bob, download('other'), describe('file-1'));
  t.same(
    library.listDownloads(ann).map(({ id }) => id),
    ['early', 'late', 'same'],
  );
});

t.test('the turns of downloads are kept, and no two have the same place', async (t) => {
  const { home, library } = await open(t);
  t.equal(library.lastPlace(), 0);
  for (const id of ['a', 'b', 'c']) {
    const { turn, ...behind } = download(id);
    t.ok(turn);
    library.addDownload(ann, behind, describe('file-1'));
  }
  const turn = { priority: 'high', place: 9 } as const;
  library.addDownload(ann, download('d', { turn }), describe('file-1'));
  t.equal(library.lastPlace(), 9);
  library.setTurns(
    new Map([
      ['a', { priority: 'low', place: 3 }],
      ['c', { priority: 'normal', place: 1 }],
      ['gone', { priority: 'normal', place: 7 }],
    ]),
  );
  await library.close();
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.same(
    again.listDownloads(ann).map(({ id, turn: { priority, place } }) => [id, priority, place]),
    [
      ['a', 'low', 3],
      ['b', 'normal', 2],
      ['c', 'normal', 1],
      ['d', 'high', 9],
    ],
  );
});

t.test('the list of finished downloads is bounded, the running ones stay', async (t) => {
  const { home, library } = await open(t);
  library.addDownload(ann, download('running', { startedAtMs: 1 }), describe('file-1'));
  library.addDownload(ann, download('last', { startedAtMs: 2 }), describe('file-1'));
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_FINISHED_DOWNLOADS})
     INSERT INTO downloads (id, tracker_id, user_id, group_id, name, file_id, path, part_path, size,
       state, started_at_ms, finished_at_ms)
     SELECT 'old-' || i, 'tracker-1', 'ann', 'g', 'n', 'file-1', '/p', '/q',
       1, 'complete', 10, i FROM n`,
  );
  database.close();
  library.finishDownload('last', stamp, MAX_FINISHED_DOWNLOADS + 1);
  const ids = library.listDownloads(ann).map(({ id }) => id);
  t.equal(ids.length, MAX_FINISHED_DOWNLOADS + 1);
  t.notOk(ids.includes('old-1'), 'the oldest is gone');
  for (const id of ['running', 'last', 'old-2']) t.ok(ids.includes(id), id);
});

t.test('with a group its shares go, but not those of a newer group of that name', async (t) => {
  const { library } = await open(t);
  const kept = { ...share('new'), incarnation: OTHER_INCARNATION };
  const ofBefore = { ...share('old'), incarnation: '' };
  for (const one of [kept, ofBefore, share('film'), share('song', 'file-1', 'other')]) {
    library.addShare(ann, one, describe('file-1'));
  }
  const names = () => library.sharesOf(ann).map(({ name }) => name);
  library.removeGroup(ann, 'group', OTHER_INCARNATION);
  t.same(names(), ['new', 'song']);
  library.removeGroup(ann, 'group');
  t.same(names(), ['song']);
});

t.test('what belongs together is refused when it does not', async (t) => {
  const { library } = await open(t);
  t.throws(() => library.addShare(ann, share('a'), describe('file-2')), /bug:/);
  t.throws(() => library.addDownload(ann, download('d'), describe('file-2')), /bug:/);
  t.throws(() => library.saveKept('unknown', kept(1)), /bug: download unknown/);
});

t.test('a library of a newer p2p, and a file that is none, are refused', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec('PRAGMA user_version = 1000');
  database.close();
  await t.rejects(openLibrary(home), { code: 'IO_ERROR', message: /newer p2p/ });

  const other = await openHome({ P2P_HOME: testFolder(t, { 'library.db': 'x'.repeat(5000) }) });
  await t.rejects(openLibrary(other), { code: 'IO_ERROR', message: /is damaged; restore it/ });
});

/** Takes back what version 5 has brought. */
const BEFORE_CHOICES =
  'DROP TABLE synced; DROP INDEX downloads_complete; DROP INDEX downloads_by_place; ALTER TABLE downloads DROP COLUMN place; ALTER TABLE downloads DROP COLUMN priority; ALTER TABLE downloads DROP COLUMN over; ALTER TABLE shares DROP COLUMN choice; ALTER TABLE downloads DROP COLUMN choice;';
const BEFORE_FOLDERS = `${BEFORE_CHOICES} ALTER TABLE descriptions DROP COLUMN is_folder;`;
const BEFORE_SCRUBS = `${BEFORE_FOLDERS} ALTER TABLE shares DROP COLUMN damaged_at_ms; DROP TABLE scrub_rounds;`;

t.test('what an older p2p has noted belongs to no known incarnation', async (t) => {
  const { home, library } = await open(t);
  library.addShare(ann, share('film'), describe('file-1'));
  library.addDownload(ann, download('d1'), describe('file-1'));
  await library.close();
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec(`${BEFORE_SCRUBS} ALTER TABLE shares DROP COLUMN incarnation;
    ALTER TABLE downloads DROP COLUMN incarnation; ${WITHOUT_KEPT} PRAGMA user_version = 3`);
  database.close();
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.match(again.sharesOf(ann), [{ name: 'film', incarnation: '' }]);
  t.match(again.listDownloads(ann), [{ id: 'd1', incarnation: '' }]);
});

t.test('a share of a version without ctime is read, and stamped anew', async (t) => {
  const { home, library } = await open(t);
  library.addShare(ann, share('a'), describe('file-1'));
  library.addShare(ann, share('b'), describe('file-1'));
  await library.close();
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec(
    `${BEFORE_SCRUBS} ALTER TABLE shares DROP COLUMN ctime_ns;
     ALTER TABLE shares DROP COLUMN incarnation; ALTER TABLE downloads DROP COLUMN incarnation;
     ${WITHOUT_KEPT} PRAGMA user_version = 2`,
  );
  database.close();
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  const { ctimeNs, ...old } = stamp;
  const stamps = () => again.sharesOf(ann).map((row) => row.stamp);
  t.same(stamps(), [old, old]);
  again.restamp(ann, share('a'), { ...stamp, device: 7n });
  t.same(stamps(), [{ ...old, ctimeNs }, old], 'the device is not kept');
  again.restamp(ann, { ...share('b'), path: '/elsewhere' }, stamp);
  t.same(stamps()[1], old, 'only the share of that very file');
});

t.test('a record of kept pieces that is not what was written keeps nothing', async (t) => {
  const { home, library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  const damages = [
    "kept = x'ff'",
    "kept_sum = x'00'",
    'kept_bytes = 78',
    "part_inode = 'seven'",
    'part_size = 1',
    'part_mtime_ns = NULL',
  ];
  for (const damage of damages) {
    library.saveKept('d1', kept(0xa0));
    t.same(keptIn(library, 'd1'), kept(0xa0));
    const database = await openEmbeddedDatabase(home.libraryPath);
    database.exec(`UPDATE downloads SET ${damage}`);
    database.close();
    t.equal(keptIn(library, 'd1'), undefined, damage);
  }
  library.saveKept('d1', kept(0xa0));
  library.dropKept('d1');
  t.match(library.listDownloads(ann), [{ keptBytes: 0 }]);
  t.equal(keptIn(library, 'd1'), undefined);
});

t.test('what a version that did not sync has verified is known, and not kept', async (t) => {
  const { home, library } = await open(t);
  library.addDownload(ann, download('d1'), describe('file-1'));
  await library.close();
  const database = await openEmbeddedDatabase(home.libraryPath);
  database.exec(
    `${BEFORE_SCRUBS} UPDATE downloads SET bitfield = x'a0'; ${WITHOUT_KEPT} PRAGMA user_version = 4`,
  );
  database.close();
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.match(again.listDownloads(ann), [{ keptBytes: 0 }]);
  t.same([...again.leftOf('d1').verified!], [0xa0]);
  again.saveKept('d1', kept(0x80));
  t.equal(again.leftOf('d1').verified, undefined, 'it was looked at');
});

t.test('gathered changes are one commit, and a failing one is undone alone', async (t) => {
  const { home, library } = await open(t);
  const changes = ['a', 'b', 'c'].map((name) =>
    library.gather(() => {
      library.addShare(ann, share(name), describe('file-1'));
      if (name === 'b') throw new Error('no');
      return name;
    }),
  );
  const late = library.gather(() => library.sharesOf(ann).length);
  const settled = await Promise.allSettled([...changes, late]);
  t.match(settled, [{ value: 'a' }, { reason: { message: 'no' } }, { value: 'c' }, { value: 2 }]);
  const last = library.gather(() => library.addShare(ann, share('d'), describe('file-1')));
  await library.close();
  await last;
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.same(
    again.sharesOf(ann).map(({ name }) => name),
    ['a', 'c', 'd'],
  );
});

t.test('shares are read in parts, in one order', async (t) => {
  const { library } = await open(t);
  for (const [group, name] of [
    ['b', 'x'],
    ['a', 'z'],
    ['a', 'y'],
    ['b', 'a'],
  ] as const) {
    library.addShare(ann, share(name, 'file-1', group), describe('file-1'));
  }
  library.addShare(bob, share('other', 'file-1', 'a'), describe('file-1'));
  const read: string[][] = [];
  for (let part = library.sharesAfter(ann, undefined, 3); part.length > 0;) {
    read.push(part.map(({ groupId, name }) => `${groupId}/${name}`));
    part = library.sharesAfter(ann, part.at(-1), 3);
  }
  t.same(read, [['a/y', 'a/z', 'b/a'], ['b/x']]);
});

t.test('damage is noted with the stamp that has it, until the file is what it was', async (t) => {
  const { library } = await open(t);
  const film = share('film');
  const touched = { ...stamp, ctimeNs: stamp.ctimeNs + 1n };
  const damage = () => library.share(ann, 'group', 'film')?.damagedAtMs;
  const endings = {
    'proven again': () => library.restamp(ann, film, touched),
    'shared anew': () => library.addShare(ann, film, describe('file-1')),
  };
  for (const [name, end] of Object.entries(endings)) {
    library.addShare(ann, film, describe('file-1'));
    t.equal(damage(), undefined);
    library.noteDamage(ann, film, touched, 77);
    t.equal(damage(), 77);
    t.same(library.share(ann, 'group', 'film')?.stamp, touched);
    library.noteDamage(ann, { ...film, path: '/elsewhere' }, stamp, 99);
    t.equal(damage(), 77, 'a share whose file is another one by now is not meant');
    end();
    t.equal(damage(), undefined, name);
  }
});

t.test('how far a scrub has come survives a restart, for each account', async (t) => {
  const { home, library } = await open(t);
  t.equal(library.scrubRound(ann), undefined);
  const next = { groupId: 'group', name: 'film', piece: 7 };
  library.saveScrubRound(ann, { startedAtMs: 5, next });
  library.saveScrubRound(bob, { startedAtMs: 6, next: undefined });
  await library.close();
  const again = await openLibrary(home);
  t.teardown(() => again.close());
  t.same(again.scrubRound(ann), { startedAtMs: 5, next });
  t.same(again.scrubRound(bob), { startedAtMs: 6, next: undefined });
});
