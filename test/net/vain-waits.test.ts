/** Waits in vain, and whether anybody was there. */
import t from 'tap';
import { VAIN_WAITS } from '../../src/net/limits.js';
import { VainWaits } from '../../src/net/vain-waits.js';

function waited(queuesMs: readonly number[], times = VAIN_WAITS): VainWaits {
  const waits = new VainWaits();
  for (let n = 0; n < times; n++) {
    for (const queueMs of queuesMs) waits.onAnswer(queueMs);
    waits.onVain();
  }
  return waits;
}

t.test('a steady delay is doubtful after some of them', (t) => {
  t.ok(waited([30, 32]).isDoubtful(0));
  t.notOk(waited([30, 32], VAIN_WAITS - 1).isDoubtful(0));
  t.notOk(waited([], VAIN_WAITS).isDoubtful(0), 'without answers nothing is steady');
  t.notOk(waited([200, 290]).isDoubtful(0), 'a queue rises and falls');
  t.ok(waited([30, 60]).isDoubtful(8), 'so does one by chance');
  t.end();
});

t.test('it says what it has seen', (t) => {
  const waits = waited([30, 40]);
  t.same([waits.meanMs, waits.leastMs, waits.isOver], [35, 30, true]);
  const none = new VainWaits();
  t.same([none.meanMs, none.leastMs, none.isOver], [0, 0, false]);
  t.end();
});
