/** For how long a disk has taken nothing. */
import t from 'tap';
import { DiskWait } from '../../../src/main/downloads/disk-wait.js';
import { DISK_BACK_TOLD_MS, DISK_WAIT_TOLD_MS } from '../../../src/net/limits.js';

t.test('a disk that takes nothing is waited for from the first look that saw it begin', (t) => {
  const wait = new DiskWait();
  wait.look({ begun: 3, ended: 3 }, 1_000);
  t.equal(wait.lastedMs(60_000), undefined, 'nothing is written');
  wait.look({ begun: 5, ended: 3 }, 61_000);
  t.equal(wait.lastedMs(61_000 + DISK_WAIT_TOLD_MS - 1), undefined, 'a moment is nothing to tell');
  wait.look({ begun: 6, ended: 3 }, 61_500);
  t.equal(
    wait.lastedMs(61_000 + DISK_WAIT_TOLD_MS),
    DISK_WAIT_TOLD_MS,
    'others that begin end nothing',
  );
  t.end();
});

t.test('one write that comes back begins the wait anew, and all that do end it', (t) => {
  const wait = new DiskWait();
  wait.look({ begun: 2, ended: 0 }, 0);
  wait.look({ begun: 2, ended: 1 }, 9_000);
  t.equal(wait.lastedMs(9_000), undefined);
  t.equal(wait.lastedMs(14_000), 5_000);
  wait.look({ begun: 2, ended: 2 }, 15_000);
  t.equal(wait.lastedMs(90_000), undefined);
  wait.look({ begun: -2_147_483_648, ended: 2_147_483_647 }, 90_000);
  t.equal(wait.lastedMs(95_000), 5_000, 'the counters may wrap around');
  t.end();
});

t.test('a wait that was told is told of for a while after', (t) => {
  const wait = new DiskWait();
  wait.look({ begun: 2, ended: 0 }, 0);
  wait.look({ begun: 2, ended: 0 }, 9_000);
  t.equal(wait.justLastedMs(9_000), undefined, 'it still lasts');
  wait.look({ begun: 2, ended: 2 }, 10_000);
  t.equal(wait.lastedMs(10_000), undefined);
  t.equal(wait.justLastedMs(10_000), 10_000);
  t.equal(wait.justLastedMs(9_999 + DISK_BACK_TOLD_MS), 10_000);
  t.equal(wait.justLastedMs(10_000 + DISK_BACK_TOLD_MS), undefined);
  const brief = new DiskWait();
  brief.look({ begun: 1, ended: 0 }, 0);
  brief.look({ begun: 1, ended: 1 }, DISK_WAIT_TOLD_MS - 1);
  t.equal(brief.justLastedMs(DISK_WAIT_TOLD_MS), undefined, 'nobody was told of that');
  t.end();
});
