/** What is left of fetches that nobody goes on with ends with its part file, and nothing else does. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { StorageError, TrackerError } from '../../../src/net/errors.js';
import { cancelDownloads } from '../../../src/main/downloads/unwanted-downloads.js';
import { StaleParts } from '../../../src/main/sync/stale-parts.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const GROUP = 'group';

/** A real library and real cancelling, of downloads none of which runs in this process. */
async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const downloads = { running: [], stopWhere: async () => undefined };
  const owners = {
    ...{ library: async () => library, downloads },
    hints: { remove: async () => undefined },
  };
  const ended: string[] = [];
  const engine = {
    cancelDownloads: async (request: Parameters<typeof cancelDownloads>[2]) => {
      if ('id' in request) ended.push(request.id);
      return cancelDownloads(owners, account, request);
    },
  };
  const stale = new StaleParts({ engine, library, account, groupId: GROUP, folder });
  const partOf = (id: string): string => join(folder, `${id}.part`);
  const begin = async (
    id: string,
    over: { name?: string; path?: string; user?: string; isPartThere?: boolean } = {},
  ): Promise<void> => {
    const { name = 'film', path = join(folder, name), user = account.userId } = over;
    const { isPartThere = true } = over;
    const which = { id, groupId: GROUP, incarnation: 'i', name, fileId: `file of ${id}` };
    const row = { ...which, path, partPath: partOf(id), size: 3, startedAtMs: 1 };
    const stored = { fileId: row.fileId, pieceLength: 4, encoded: Buffer.alloc(9) };
    library.addDownload({ ...account, userId: user }, row, stored);
    if (isPartThere) await writeFile(partOf(id), 'abc');
  };
  const fail = (id: string): void =>
    library.failDownload(id, { code: 'TIMEOUT', message: 'too long' }, 2);
  return { library, folder, engine, stale, ended, partOf, begin, fail };
}

t.test('all that is unfinished there goes, whether it was to go on or had failed', async (t) => {
  const { library, stale, partOf, begin, fail } = await scene(t);
  for (const id of ['runs', 'failed']) await begin(id);
  fail('failed');
  await stale.remove('film');
  for (const id of ['runs', 'failed']) {
    t.notOk(existsSync(partOf(id)), id);
    t.match(library.findDownload(id), { state: 'failed' });
  }
});

t.test('what has nothing left and goes on no more is not ended again', async (t) => {
  const { stale, ended, begin, fail } = await scene(t);
  await begin('failed', { isPartThere: false });
  fail('failed');
  await begin('runs', { isPartThere: false });
  await stale.remove('film');
  t.same(ended, ['runs'], 'it would make a part file yet');
  await stale.remove('film');
  t.same(ended, ['runs']);
});

t.test('other names, other places, other users and what is complete stay', async (t) => {
  const { library, folder, stale, ended, partOf, begin } = await scene(t);
  await begin('other name', { name: 'song' });
  await begin('elsewhere', { path: join(folder, 'elsewhere', 'film') });
  await begin('of bob', { user: 'bob' });
  await begin('complete');
  library.finishDownload('complete', { size: 3, mtimeNs: 1n, inode: 1n }, 2);
  await stale.remove('film');
  t.same(ended, []);
  for (const id of ['other name', 'elsewhere', 'of bob', 'complete'])
    t.ok(existsSync(partOf(id)), id);
});

t.test('one that ended by itself meanwhile keeps none of the others from it', async (t) => {
  const { engine, stale, partOf, begin } = await scene(t);
  await begin('ended');
  await begin('left');
  const cancel = engine.cancelDownloads;
  engine.cancelDownloads = async (request) => {
    if ('id' in request && request.id === 'ended')
      throw new TrackerError('NO_SUCH_DOWNLOAD', 'it is complete');
    return cancel(request);
  };
  await stale.remove('film');
  t.ok(existsSync(partOf('ended')));
  t.notOk(existsSync(partOf('left')));
});

t.test('whatever else fails is told', async (t) => {
  const { engine, stale, begin } = await scene(t);
  await begin('left');
  engine.cancelDownloads = () => Promise.reject(new StorageError('IO_ERROR', 'a bad disk'));
  await t.rejects(stale.remove('film'), { code: 'IO_ERROR' });
});

t.test('so is a part file at which the disk does not let us look', async (t) => {
  const { stale, begin, fail } = await scene(t);
  await begin('x'.repeat(300), { isPartThere: false });
  fail('x'.repeat(300));
  await t.rejects(stale.remove('film'), { name: 'StorageError' });
});
