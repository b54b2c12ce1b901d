/** The keeper of one download's pieces, with syncs and a library that end when a test says. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { StorageError, type P2pError } from '../../../src/net/errors.js';
import {
  LAST_SYNC_WAIT_MS,
  SAVE_KEPT_INTERVAL_MS,
  SYNC_EVERY_BYTES,
  SYNC_EVERY_MS,
  WRITE_NOTE_INTERVAL_MS,
} from '../../../src/net/limits.js';
import { deferred } from '../../../src/net/deferred.js';
import { createFile } from '../../../src/main/disk/open-files.js';
import type { DownloadKind } from '../../../src/main/downloads/download-request.js';
import { syncedStampOf } from '../../../src/main/disk/part-file.js';
import { LostLibraryError } from '../../../src/main/home/lost-library.js';
import { PieceKeeper } from '../../../src/main/downloads/piece-keeper.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { bitsOf, layoutOf, MiB } from '../swarm/fake-swarm.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECES = 16;
const layout = layoutOf(PIECES, 8 * MiB);
const broken = new StorageError('IO_ERROR', 'it does not reach the disk');

async function scene(t: Test, kind: DownloadKind = 'long', kept: readonly number[] = []) {
  const clock = numberClock(t);
  const folder = testFolder(t);
  const file = (await createFile(join(folder, 'film.part')))!;
  t.teardown(() => file.release());
  const { log, hints, sync } = fakeDownloadOwners();
  const failures: P2pError[] = [];
  const library = { save: async () => undefined as void };
  const keeper = new PieceKeeper({
    ...{ id: 'id', layout, kind, hints, sync, kept: bitsOf(PIECES, kept) },
    toCome: Bitfield.full(PIECES),
    part: { folder, fileOf: () => 0, sync: (sync) => syncedStampOf(file, sync) },
    save: async ({ bits, bytes, stamp }) => {
      const pieces = [...Bitfield.from(bits, PIECES)!.indexes()];
      log.note(`save ${pieces.join()} ${bytes / MiB} MiB ${stamp.size}`);
      await library.save();
    },
    onFailed: (error) => failures.push(error),
    nowMs: () => clock.nowMs,
  });
  /** Lets what is real catch up: files, and the library. */
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise(setImmediate);
  };
  const pass = (ms: number): void => {
    clock.pass(ms);
    keeper.onTick();
  };
  return { keeper, clock, log, sync, hints, failures, library, until, pass };
}

function syncsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('sync'));
}

t.test('a file is synced while it grows, and noted from time to time', async (t) => {
  const { keeper, log, pass, until } = await scene(t);
  const perSync = SYNC_EVERY_BYTES / (8 * MiB);
  keeper.onVerified([0]);
  t.same(log.lines, ['hint id 0']);
  for (let piece = 1; piece < perSync; piece++) keeper.onVerified([piece]);
  t.same(syncsIn(log.lines), ['sync', 'sync-folder'], 'enough bytes, in a file with a name');
  t.equal(keeper.keptBytes, 0);
  await until(() => {
    pass(SAVE_KEPT_INTERVAL_MS);
    return keeper.keptBytes > 0;
  });
  t.equal(log.lines.at(-1), 'save 0,1 16 MiB 0');
  keeper.onVerified([9]);
  pass(SYNC_EVERY_MS);
  t.equal(log.lines.at(-1), 'sync', 'after some time, however little it is');
  await until(() => {
    pass(SAVE_KEPT_INTERVAL_MS);
    return keeper.keptBytes === 24 * MiB;
  });
  t.same(log.lines.slice(-2), ['sync', 'save 0,1,9 24 MiB 0']);
  await keeper.stop();
});

t.test('the end waits for a sync of everything', async (t) => {
  const { keeper, log, sync } = await scene(t);
  const first = deferred<void>();
  sync.whenData = () => first.promise;
  keeper.onVerified([0, 1]);
  keeper.onVerified([2]);
  let isOver = false;
  const finished = keeper.finish().then(() => (isOver = true));
  await new Promise(setImmediate);
  t.notOk(isOver);
  sync.whenData = async () => undefined;
  first.resolve();
  await finished;
  t.equal(log.lines.filter((line) => line === 'sync').length, 2);
  t.same(log.of('save'), [], 'the row of a complete file says it all');
  await keeper.forget();
  t.equal(log.lines.at(-1), 'unhint id');
});

t.test('the last sync does not wait for one that runs, and keeps nothing without it', async (t) => {
  const { keeper, log, sync, failures } = await scene(t);
  const first = deferred<void>();
  sync.whenData = () => first.promise;
  keeper.onVerified([0, 1]);
  keeper.onVerified([2]);
  sync.whenData = async () => undefined;
  const finished = keeper.finish();
  await new Promise(setImmediate);
  t.same(syncsIn(log.lines), ['sync', 'sync-folder', 'sync'], 'both run');
  first.reject(broken);
  await t.rejects(finished, broken);
  t.same(failures, [broken]);
  await keeper.stop();
  t.same(log.of('save'), []);
});

t.test('the name of the file goes to the disk while bytes come', async (t) => {
  const { keeper, log, sync } = await scene(t);
  const named = deferred<void>();
  sync.whenFolder = () => named.promise;
  keeper.onVerified([0, 1]);
  t.same(syncsIn(log.lines), ['sync', 'sync-folder']);
  let isOver = false;
  const finished = keeper.finish().then(() => (isOver = true));
  await new Promise(setImmediate);
  t.notOk(isOver);
  named.resolve();
  await finished;
});

t.test('a folder that does not reach the disk ends the download as a file does', async (t) => {
  const { keeper, log, sync, failures, until, pass } = await scene(t);
  sync.whenFolder = () => Promise.reject(broken);
  keeper.onVerified([0, 1]);
  await until(() => failures.length > 0);
  t.same(failures, [broken]);
  t.equal(log.lines.at(-1), 'hint id cleared');
  sync.whenFolder = async () => undefined;
  keeper.onVerified([2, 3]);
  pass(SYNC_EVERY_MS);
  await t.rejects(keeper.finish(), broken);
  await keeper.stop();
  t.same(syncsIn(log.lines), ['sync', 'sync-folder'], 'no other is tried');
  t.same(log.of('save'), []);
});

t.test('the end of what is kept already waits for nothing', async (t) => {
  const { keeper, log } = await scene(t, 'long', [0, 1]);
  keeper.onVerified([0, 1]);
  await keeper.finish();
  t.same(log.lines, [], 'neither hinted nor synced');
  t.equal(keeper.keptBytes, 16 * MiB);
});

t.test('a sync that fails ends it: nothing of it is hinted, or kept by another sync', async (t) => {
  const { keeper, log, sync, failures, until, pass } = await scene(t);
  keeper.onVerified([0, 1]);
  await until(() => !keeperBusy());
  function keeperBusy(): boolean {
    pass(SAVE_KEPT_INTERVAL_MS);
    return keeper.keptBytes === 0;
  }
  sync.whenData = () => Promise.reject(broken);
  keeper.onVerified([2, 3]);
  await until(() => failures.length > 0);
  t.same(failures, [broken]);
  t.equal(log.lines.at(-1), 'hint id cleared');
  sync.whenData = async () => undefined;
  keeper.onVerified([4, 5]);
  pass(SYNC_EVERY_MS);
  await t.rejects(keeper.finish(), broken);
  await keeper.stop();
  t.equal(log.lines.at(-1), 'hint id cleared', 'neither hinted nor synced nor saved');
  t.equal(keeper.keptBytes, 16 * MiB);
});

t.test('a library that is lost ends it at once, and its hints stay', async (t) => {
  const { keeper, log, library, failures, until, pass } = await scene(t);
  const lost = new LostLibraryError(broken);
  library.save = () => Promise.reject(lost);
  keeper.onVerified([0, 1]);
  await until(() => {
    pass(SAVE_KEPT_INTERVAL_MS);
    return failures.length > 0;
  });
  t.same(failures, [lost]);
  await t.rejects(keeper.finish(), lost);
  await keeper.stop();
  t.same(failures, [lost], 'told once');
  t.notOk(log.lines.some((line) => line === 'hint id cleared' || line === 'unhint id'));
});

t.test('what is stopped is synced and noted, and needs no hint', async (t) => {
  const { keeper, log } = await scene(t);
  keeper.onVerified([4]);
  await keeper.stop();
  const ending = ['hint id 4', 'sync', 'sync-folder', 'save 4 8 MiB 0', 'unhint id'];
  t.same(log.lines, ending);
  t.equal(keeper.keptBytes, 8 * MiB);
});

t.test('a disk that takes too long at the end is not waited for', async (t) => {
  const { keeper, log, sync, clock, until } = await scene(t);
  const never = deferred<void>();
  sync.whenData = () => never.promise;
  keeper.onVerified([4]);
  const stopped = keeper.stop();
  await until(() => log.lines.includes('sync'));
  clock.pass(LAST_SYNC_WAIT_MS);
  await stopped;
  t.same(log.lines, ['hint id 4', 'sync'], 'the hint stays');
  never.resolve();
  await new Promise(setImmediate);
  t.same(log.of('save'), []);
});

t.test('a library that refuses costs the note; the next time may be better', async (t) => {
  const { keeper, log, library, until, pass } = await scene(t);
  library.save = () => Promise.reject(new StorageError('DISK_FULL', 'full'));
  keeper.onVerified([0, 1]);
  await until(() => {
    pass(SAVE_KEPT_INTERVAL_MS);
    return log.of('save').length > 0;
  });
  t.equal(keeper.keptBytes, 0);
  library.save = async () => undefined;
  await keeper.stop();
  t.equal(keeper.keptBytes, 16 * MiB);
});

t.test(
  'it notes that it may be writing as soon as a peer is ready, and not too often',
  async (t) => {
    const { keeper, log, pass, hints } = await scene(t);
    let touched = 0;
    const begin = hints.begin.bind(hints);
    hints.begin = (id, pieces) => ({ ...begin(id, pieces), touch: () => void touched++ });
    pass(WRITE_NOTE_INTERVAL_MS);
    t.same(log.lines, [], 'nobody can write yet');
    keeper.onActivity();
    t.same(log.lines, ['hint id ']);
    for (let tick = 0; tick < 10; tick++) {
      keeper.onActivity();
      pass(WRITE_NOTE_INTERVAL_MS / 2);
    }
    t.equal(touched, 5);
    pass(WRITE_NOTE_INTERVAL_MS);
    pass(WRITE_NOTE_INTERVAL_MS);
    t.equal(touched, 5, 'silent peers are no activity');
  },
);

t.test('a brief one leaves hints only when it takes its time, one piece never', async (t) => {
  const brief = await scene(t, 'brief');
  brief.keeper.onActivity();
  brief.keeper.onVerified([1]);
  t.same(brief.log.of('hint'), []);
  brief.pass(1);
  t.same(brief.log.of('hint'), ['hint id 1']);
  await brief.keeper.forget();
  t.equal(brief.log.lines.at(-1), 'unhint id');
  const { keeper, log, pass } = await scene(t, 'one-piece');
  keeper.onActivity();
  pass(1);
  keeper.onVerified([0]);
  await keeper.finish();
  await keeper.forget();
  t.same(log.lines, ['sync']);
});
