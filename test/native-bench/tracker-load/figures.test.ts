import t from 'tap';
import { Latencies } from '../../../native-bench/tracker-load/latencies.js';
import { processorMs, processorMsOf } from '../../../native-bench/tracker-load/processor-time.js';

void t.test('times are summed up by rank', (t) => {
  const latencies = new Latencies();
  for (let ms = 100; ms > 0; ms--) latencies.add(ms);
  t.same(latencies.summary(), { p50Ms: 51, p99Ms: 100, maxMs: 100 });
  t.equal(latencies.count, 100);
  t.same(new Latencies().summary(), { p50Ms: 0, p99Ms: 0, maxMs: 0 });
  t.end();
});

void t.test('the first refusal is kept for people', (t) => {
  const latencies = new Latencies();
  latencies.addError('one');
  latencies.addError('another');
  t.equal(latencies.errors, 2);
  t.equal(latencies.refusal, 'one');
  t.end();
});

void t.test('processor time is read behind a name with blanks and brackets', (t) => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 30 0 0 20 0 11 0 12345 1 2 3';
  t.equal(processorMsOf(stat), 2_800);
  t.ok(processorMs(process.pid) > 0);
  t.end();
});
