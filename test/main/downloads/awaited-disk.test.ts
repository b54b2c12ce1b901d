/** For how long one call of the disk has not come back. */
import t from 'tap';
import { AwaitedDisk, diskWaitOf } from '../../../src/main/downloads/awaited-disk.js';
import { DISK_WAIT_TOLD_MS, DOWNLOAD_TICK_MS } from '../../../src/net/limits.js';
import { deferred } from '../../../src/net/deferred.js';
import { numberClock } from '../../fixtures/number-clock.js';

t.test('a call that does not come back is told, until it has', async (t) => {
  const clock = numberClock(t);
  const told: (number | undefined)[] = [];
  const disk: AwaitedDisk = new AwaitedDisk(() => void told.push(disk.diskWaitMs));
  const call = deferred<string>();
  const result = disk.during(call.promise);
  clock.pass(DISK_WAIT_TOLD_MS - DOWNLOAD_TICK_MS);
  t.same(told, [], 'a moment is nothing to tell');
  clock.pass(DOWNLOAD_TICK_MS);
  t.same(told, [DISK_WAIT_TOLD_MS]);
  t.same(diskWaitOf(disk), { diskWaitMs: DISK_WAIT_TOLD_MS });
  clock.pass(DOWNLOAD_TICK_MS);
  call.resolve('open');
  t.equal(await result, 'open');
  t.same(told, [DISK_WAIT_TOLD_MS, DISK_WAIT_TOLD_MS + DOWNLOAD_TICK_MS, undefined]);
  t.same(diskWaitOf(disk), {});
  t.equal(clock.timerCount, 0);
});

t.test('one that comes back soon is not told, nor one that fails', async (t) => {
  const clock = numberClock(t);
  const disk = new AwaitedDisk(() => t.fail('nothing is to be told'));
  t.equal(await disk.during(Promise.resolve(1)), 1);
  await t.rejects(disk.during(Promise.reject(new Error('full'))), { message: 'full' });
  t.equal(clock.timerCount, 0);
});

t.test('what others wait for is told once when it is over', (t) => {
  const told: (number | undefined)[] = [];
  const disk: AwaitedDisk = new AwaitedDisk(() => void told.push(disk.diskWaitMs));
  for (const lastedMs of [undefined, 9_000, 9_250, undefined, undefined]) disk.onLasted(lastedMs);
  t.same(told, [9_000, 9_250, undefined]);
  t.end();
});

t.test('a wait that is over is told where there is none', (t) => {
  t.same(diskWaitOf({ diskWaitMs: 5, diskWaitedMs: 9 }), { diskWaitMs: 5 });
  t.same(diskWaitOf({ diskWaitMs: undefined, diskWaitedMs: 9 }), { diskWaitedMs: 9 });
  t.end();
});
