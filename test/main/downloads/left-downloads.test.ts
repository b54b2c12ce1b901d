/** Downloads of a real library that are gone on with: which of them begin, and what is answered of the others. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import {
  LeftDownloads,
  type LeftDownloadsOptions,
} from '../../../src/main/downloads/left-downloads.js';
import { TrackerError } from '../../../src/net/errors.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { description, encoded, fileId } = describedBytes(2);
const { size, pieceLength } = description.layout;
const which = (...fileNames: string[]) => ({ groupId: 'g', fileNames, timeoutMs: 0 });

/** A library with paused downloads; what the library has of one of them is damaged. */
async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const add = (name: string, id = name, content = { fileId, pieceLength, encoded }): void => {
    const row = { id, groupId: 'g', incarnation: INCARNATION, name, fileId: content.fileId };
    const place = { path: join(folder, id), partPath: join(folder, `${id}.part`) };
    library.addDownload(account, { ...row, ...place, size, startedAtMs: 1 }, content);
    library.failDownload(id, { code: 'PAUSED', message: 'paused' }, 2);
  };
  const damaged = { fileId: 'f'.repeat(40), pieceLength, encoded: Buffer.from('no description') };
  for (const name of ['film', 'song']) add(name);
  for (const name of ['bad', 'worse']) add(name, name, damaged);
  const begun: string[] = [];
  const events: ClientEvent[] = [];
  const left = new LeftDownloads({
    library: async () => library,
    memberships: { incarnationOf: () => INCARNATION, endOf: () => undefined },
    hints: { read: async () => undefined, sweep: async () => undefined },
    spool: { has: () => false },
    downloads: {
      running: [],
      start: ({ id }: { id: string }) => void begun.push(id),
    } as unknown as LeftDownloadsOptions['downloads'],
    prepare: { startThreads: () => undefined, listen: () => undefined },
    background: { run: () => undefined },
    emit: (event) => void events.push(event),
  });
  return { library, left, begun, events, add, damaged };
}

const isLoggedIn = (): void => undefined;

t.test('each of several that cannot go on is answered with its own reason', async (t) => {
  const { left, begun, events } = await scene(t);
  const error = { code: 'IO_ERROR', message: /damaged/ };
  const mixed = await left.resume(account, which('bad', 'film'), isLoggedIn);
  t.match(mixed, [{ fileName: 'film' }, { fileName: 'bad', error }]);
  t.equal(mixed[0]?.error, undefined);
  t.same(begun, ['film']);
  t.match(await left.resume(account, which('bad', 'worse'), isLoggedIn), [
    { fileName: 'bad', error },
    { fileName: 'worse', error },
  ]);
  t.same(events, [], 'what is answered is not told');
  const one = { groupId: 'g', fileName: 'bad', timeoutMs: 0 };
  await t.rejects(left.resume(account, one, isLoggedIn), error, 'of one file it is the answer');
});

t.test('a name of which one download goes on has that for its answer', async (t) => {
  const { left, begun, events, add, damaged } = await scene(t);
  add('film', 'older', damaged);
  t.match(await left.resume(account, which('film', 'song'), isLoggedIn), [
    { id: 'film' },
    { id: 'song' },
  ]);
  t.same(begun, ['film', 'song']);
  t.match(events, [{ type: 'download-ended', fileName: 'film', error: { code: 'IO_ERROR' } }]);
});

t.test('none begins once whoever asked is not logged in any more', async (t) => {
  const { library, left, begun } = await scene(t);
  const isOver = (): never => {
    throw new TrackerError('NOT_LOGGED_IN', 'nobody is logged in');
  };
  const all = left.resume(account, { groupId: 'g', timeoutMs: 0 }, isOver);
  await t.rejects(all, { code: 'NOT_LOGGED_IN' });
  t.same(begun, []);
  t.equal(library.findDownload('film')?.state, 'failed', 'it waits as before');
  const log = { isIn: true };
  library.gather = ((gather) => async (change: () => never) => {
    const made = await gather(change);
    log.isIn = false;
    return made;
  })(library.gather.bind(library));
  const later = left.resume(account, { groupId: 'g', timeoutMs: 0 }, () => {
    if (!log.isIn) isOver();
  });
  await t.rejects(later, { code: 'NOT_LOGGED_IN' });
  t.same(begun, []);
});
