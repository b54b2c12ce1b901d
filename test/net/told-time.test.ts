/** The time in a ping of the tracker, and what is none. */
import t from 'tap';
import { decodeToldTime, encodeToldTime } from '../../src/net/told-time.js';

t.test('a time comes out as it went in, in whole milliseconds', (t) => {
  for (const nowMs of [0, 1, 1_700_000_000_123, Number.MAX_SAFE_INTEGER]) {
    t.equal(decodeToldTime(encodeToldTime(nowMs)), nowMs);
  }
  t.equal(decodeToldTime(encodeToldTime(1.6)), 2);
  t.equal(decodeToldTime(encodeToldTime(-5)), 0, 'a clock before 1970');
  t.end();
});

t.test('anything else is no time', (t) => {
  const none = [Buffer.alloc(0), Buffer.alloc(7), Buffer.alloc(9), Buffer.alloc(8, 0xff)];
  for (const payload of none) t.equal(decodeToldTime(payload), undefined, payload.toString('hex'));
  t.end();
});
