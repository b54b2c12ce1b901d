import t from 'tap';
import { DownloadClock } from '../../../src/main/downloads/download-clock.js';

t.test('phases end with the first ready peer and the last verified piece', async (t) => {
  const clock = new DownloadClock();
  clock.onStarted(1_000);
  clock.onReady(1_040);
  clock.onReady(1_900);
  clock.onVerified(2_000);
  clock.onVerified(3_040);
  t.same(clock.phasesMs(3_050), { connect: 40, transfer: 2_000, finish: 10 });
});

t.test('a download that needed no peer has no transfer', async (t) => {
  const clock = new DownloadClock();
  clock.onStarted(1_000);
  t.same(clock.phasesMs(1_005), { connect: 5, transfer: 0, finish: 0 });
});

t.test('the rate is that of the last two seconds', async (t) => {
  const clock = new DownloadClock();
  clock.onStarted(0);
  t.equal(clock.bytesPerSecond(10), 0);
  clock.onReady(0);
  clock.onReceived(1_000, 500);
  t.equal(clock.bytesPerSecond(1_000), 1_000, 'over its age while it is young');
  clock.onReceived(3_000, 3_000);
  t.equal(clock.bytesPerSecond(4_000), 1_500, 'without what is longer ago');
  t.equal(clock.bytesPerSecond(10_000), 0);
});
