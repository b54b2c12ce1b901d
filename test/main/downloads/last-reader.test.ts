/** Whether the reader of a passing download has all of it, with a timer that a test ends. */
import t from 'tap';
import { LastReader } from '../../../src/main/downloads/last-reader.js';

function scene() {
  const waits: { readonly ms: number; readonly end: () => void; isTakenBack: boolean }[] = [];
  const reader = new LastReader((ms, end) => {
    const wait = { ms, end, isTakenBack: false };
    waits.push(wait);
    return () => void (wait.isTakenBack = true);
  });
  return { reader, waits };
}

t.test('it has all of it in time, before anybody waits or later', async (t) => {
  for (const isEarly of [true, false]) {
    const { reader, waits } = scene();
    if (isEarly) reader.onDelivered();
    const waiting = reader.hasAllWithin(5);
    if (!isEarly) reader.onDelivered();
    t.equal(await waiting, true);
    reader.giveUp();
    t.equal(await reader.hasAllWithin(5), true, 'whatever comes later');
    t.match(waits[0], { ms: 5, isTakenBack: true });
  }
});

t.test('it is too slow, or nobody waits for it any more', async (t) => {
  for (const isSlow of [true, false]) {
    const { reader, waits } = scene();
    const waiting = reader.hasAllWithin(5);
    if (isSlow) waits[0]!.end();
    else reader.giveUp();
    reader.onDelivered();
    t.equal(await waiting, false);
  }
});
