/** A fetch of which almost nothing comes is ended for others; one in line, or at a good pace, is not. */
import t from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { FetchTurns } from '../../../src/main/sync/fetch-turns.js';
import type { SyncEngine } from '../../../src/main/sync/sync-work.js';
import { deferred } from '../../../src/net/deferred.js';
import { CancelledError, TrackerError } from '../../../src/net/errors.js';
import { SYNC_SLOW_BYTES_PER_SECOND, SYNC_SLOW_MS } from '../../../src/net/limits.js';

function scene() {
  const clock = { nowMs: 0 };
  const cancelled: string[] = [];
  const told = new Map<string, (progress: DownloadProgress) => void>();
  const engine = {
    waitForDownload: (id: string, onProgress: (progress: DownloadProgress) => void) => {
      told.set(id, onProgress);
      return new Promise(() => undefined);
    },
    cancelDownload: async (id: string) => void cancelled.push(id),
  } as unknown as SyncEngine;
  const turns = new FetchTurns(engine, () => clock.nowMs);
  let heard = 0;
  void turns.engine.waitForDownload('id-1', () => heard++);
  const tell = (state: DownloadProgress['state'], fetched: number): void =>
    told.get('id-1')!({ id: 'id-1', fileName: 'film', state, fetched } as DownloadProgress);
  return { clock, cancelled, turns, tell, heard: () => heard };
}

t.test('slow is what brings almost nothing for a while', async (t) => {
  const { clock, cancelled, turns, tell, heard } = scene();
  t.notOk(turns.isSlow('film'));
  tell('queued', 0);
  clock.nowMs += 10 * SYNC_SLOW_MS;
  t.notOk(turns.isSlow('film'), 'it waits in line');
  tell('downloading', 0);
  clock.nowMs += SYNC_SLOW_MS - 1;
  t.notOk(turns.isSlow('film'), 'it has just begun');
  tell('downloading', (SYNC_SLOW_BYTES_PER_SECOND * SYNC_SLOW_MS) / 1_000);
  clock.nowMs += 1;
  t.notOk(turns.isSlow('film'), 'something came');
  clock.nowMs += SYNC_SLOW_MS;
  t.ok(turns.isSlow('film'), 'and then nothing');
  const cut = deferred<never>();
  const taken = turns.take('film', () => cut.promise);
  turns.yield('film');
  turns.yield('film');
  t.same(cancelled, ['id-1']);
  t.notOk(turns.isSlow('film'), 'it is asked once');
  cut.reject(new CancelledError('cancelled'));
  t.equal(await taken, undefined);
  turns.yield('film');
  t.same([cancelled.length, heard()], [1, 3]);
  const first = () =>
    turns.order.sorted([{ name: 'film' }, { name: 'other' }], () => true)[0]?.name;
  t.equal(first(), 'other', 'it waits behind what was not tried');
  t.equal(await turns.take('film', async () => 'here'), 'here');
  t.equal(first(), 'film');
  const refused = new TrackerError('TIMEOUT', 'nothing came');
  await t.rejects(
    turns.take('film', () => Promise.reject(refused)),
    refused,
  );
  t.equal(first(), 'other');
});
