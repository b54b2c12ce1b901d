/** What the list of downloads says of one, by its row and by the engine that has or had it. */
import t from 'tap';
import { standingOf } from '../../../src/main/downloads/progress-of-record.js';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import type { LibraryDownload } from '../../../src/main/home/library-records.js';
import { INCARNATION } from '../../fixtures/incarnations.js';

const row: LibraryDownload & { readonly state: 'running' } = {
  ...{ id: 'aaaa1', groupId: 'g', incarnation: INCARNATION, name: 'film', fileId: 'f' },
  ...{ path: '/in/film', partPath: '/in/film.part', size: 100, startedAtMs: 1 },
  ...{ keptBytes: 30, turn: { priority: 'normal', place: 1 }, state: 'running' },
};
const failed = (code: 'CANCELLED' | 'PAUSED' | 'TIMEOUT'): LibraryDownload => {
  return { ...row, state: 'failed', finishedAtMs: 2, error: { code, message: code } };
};
const peer = { userId: 'ann', deviceId: 'd', address: 'a', state: 'gone', bytes: 60, badPieces: 0 };
const here: DownloadProgress = {
  ...{ id: 'aaaa1', groupId: 'g', fileName: 'film', path: '/in/film', state: 'downloading' },
  ...{ fileId: 'f', size: 100, verified: 60, kept: 40, fetched: 60, bytesPerSecond: 5 },
  peers: [{ ...peer, state: 'gone' }],
};

t.test('one that this engine does not know stands as its row says', async (t) => {
  t.match(standingOf(row, undefined), { state: 'interrupted', kept: 30, verified: 30, fetched: 0 });
  t.match(standingOf(row, undefined), { fileName: 'film', fileId: 'f' });
  t.match(standingOf(failed('PAUSED'), undefined), { state: 'paused' });
  t.match(standingOf(failed('CANCELLED'), undefined), { state: 'cancelled' });
  t.match(standingOf(failed('TIMEOUT'), undefined), {
    state: 'failed',
    error: { code: 'TIMEOUT' },
  });
});

t.test('one that runs here stands as this engine says', async (t) => {
  t.equal(standingOf(row, here), here);
  const ended = { ...here, state: 'cancelled' } as const;
  t.equal(standingOf(row, ended), ended, 'also when its end is not noted yet');
});

t.test(
  'one that has ended here stands as its row says now, with what this engine has seen',
  async (t) => {
    const ended = { ...here, state: 'paused', bytesPerSecond: 0 } as const;
    t.match(standingOf({ ...failed('CANCELLED'), keptBytes: 0 }, ended), {
      ...{ state: 'cancelled', kept: 0, verified: 0 },
      ...{ fetched: 60, peers: here.peers },
    });
    const complete: LibraryDownload = { ...row, state: 'complete', finishedAtMs: 3 };
    t.match(standingOf(complete, { ...here, state: 'complete' }), { kept: 100, fetched: 60 });
  },
);
