/** What `resume` goes on with, and what it leaves alone. */
import t from 'tap';
import { FIRST_TURN } from '../../../src/main/home/download-turn.js';
import { resumable } from '../../../src/main/downloads/resumable.js';
import type { LibraryDownload } from '../../../src/main/home/library-records.js';
import { INCARNATION } from '../../fixtures/incarnations.js';

type Ended = 'running' | 'complete' | 'PAUSED' | 'CANCELLED' | 'TIMEOUT';

function row(id: string, end: Ended, path = `/${id}`, keptBytes = 5): LibraryDownload {
  const base = { id, groupId: 'g', incarnation: INCARNATION, name: 'film', fileId: 'f', path };
  const rest = { partPath: `${path}.part`, size: 10, startedAtMs: 1, keptBytes, turn: FIRST_TURN };
  if (end === 'running') return { ...base, ...rest, state: 'running' };
  const finishedAtMs = 2;
  if (end === 'complete') return { ...base, ...rest, state: 'complete', finishedAtMs };
  const error = { code: end, message: 'so' };
  return { ...base, ...rest, state: 'failed', finishedAtMs, error };
}

function idsOf(rows: LibraryDownload[], running: string[] = [], isNamed = false): string[] {
  return resumable(rows, new Set(running), isNamed).map(({ id }) => id);
}

t.test('whatever is not complete and nobody runs', async (t) => {
  const rows = [row('a', 'running'), row('b', 'complete'), row('c', 'PAUSED'), row('d', 'TIMEOUT')];
  t.same(idsOf(rows), ['a', 'c', 'd']);
  t.same(idsOf(rows, ['a', 'd']), ['c']);
});

t.test(
  'an older version does not come over what was downloaded to the same place later',
  async (t) => {
    const ends: Ended[] = ['complete', 'PAUSED', 'CANCELLED', 'running'];
    for (const end of ends) {
      const rows = [row('old', 'TIMEOUT', '/film'), row('new', end, '/film')];
      t.notOk(idsOf(rows).includes('old'), end);
      t.notOk(idsOf(rows, [], true).includes('old'), `${end}, by its id`);
    }
  },
);

t.test('what was cancelled with all it had goes on only by its id', async (t) => {
  const rows = [row('gone', 'CANCELLED', '/gone', 0), row('kept', 'CANCELLED', '/kept', 5)];
  t.same(idsOf(rows), ['kept']);
  t.same(idsOf(rows, [], true), ['gone', 'kept']);
});
