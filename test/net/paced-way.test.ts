/** What one direction takes of a line, and what it knows of it. */
import t from 'tap';
import {
  FIRST_BACKGROUND_RATE,
  LEAST_BACKGROUND_RATE,
  QUEUE_TARGET_MS,
  USE_MEASURED_OVER_MS,
} from '../../src/net/limits.js';
import { PacedWay } from '../../src/net/paced-way.js';

/** A way that takes just what it may, or `part` of it. */
function scene(most?: number) {
  const way = new PacedWay(most);
  let [bytes, nowMs] = [0, 0];
  const take = (part = 1): void => {
    nowMs += USE_MEASURED_OVER_MS;
    bytes += (part * way.full * USE_MEASURED_OVER_MS) / 1_000;
    way.onMoved(bytes, nowMs);
  };
  /** Takes all that it may and rises, so many times. */
  const rise = (times: number): void => {
    for (let n = 0; n < times; n++) {
      take();
      way.rise(0);
    }
  };
  return { way, take, rise, begin: () => way.begin(bytes, nowMs) };
}

t.test('it doubles until a queue is met, and then stays just below', (t) => {
  const { way, take, rise } = scene();
  rise(3);
  t.equal(way.full, 8 * FIRST_BACKGROUND_RATE);
  take();
  way.onMet();
  way.onOwnQueue();
  const known = way.full;
  t.ok(known < 8 * FIRST_BACKGROUND_RATE && known > 7 * FIRST_BACKGROUND_RATE, String(known));
  rise(1);
  t.ok(way.full < 1.1 * known, 'from there on it rises slowly');
  rise(10);
  t.ok(way.full > 2 * known, 'a line that carries much more is not the one that was known');
  t.end();
});

t.test('who takes nothing gets no greater rate, and no rise where a queue is near', (t) => {
  const { way, take } = scene();
  for (let n = 0; n < 10; n++) way.rise(0);
  t.equal(way.full, FIRST_BACKGROUND_RATE);
  take();
  way.rise(QUEUE_TARGET_MS);
  t.equal(way.full, FIRST_BACKGROUND_RATE);
  t.notOk(new PacedWay(undefined).isUsed);
  t.ok(way.isUsed);
  t.end();
});

t.test('what others leave is not taken for all of the line', (t) => {
  const { way, take, rise, begin } = scene();
  rise(3);
  take();
  way.onMet();
  way.onOwnQueue();
  const known = way.full;
  for (let n = 0; n < 10; n++) take(0.1);
  way.onMet();
  way.onOthers();
  way.onFree();
  t.equal(way.full, known);
  t.equal(way.partOf(0.5), Math.round(known / 0.95 / 2));
  begin();
  way.forget();
  t.equal(way.full, FIRST_BACKGROUND_RATE, 'another line is not known');
  rise(1);
  t.equal(way.full, 2 * FIRST_BACKGROUND_RATE);
  t.end();
});

t.test('what it took beside others is the least that a line carries, not the most', (t) => {
  const { way, take, rise } = scene();
  rise(3);
  take(0.5);
  way.onMet();
  way.onOthers();
  way.onFree();
  t.equal(way.full, 4 * FIRST_BACKGROUND_RATE);
  way.onOthers();
  t.equal(way.full, 4 * FIRST_BACKGROUND_RATE, 'a look without a reason changes nothing');
  rise(1);
  t.equal(way.full, 8 * FIRST_BACKGROUND_RATE, 'it goes on as at the start');
  t.end();
});

t.test('an own queue at less makes the line smaller by a part at a time', (t) => {
  const { way, take, rise } = scene();
  rise(3);
  take();
  way.onMet();
  way.onOwnQueue();
  const known = way.full;
  for (let n = 0; n < 20; n++) take(0.3);
  way.onMet();
  way.onOwnQueue();
  t.equal(way.full, Math.round(0.9 * known));
  way.onOwnQueue();
  t.equal(way.full, Math.round(0.9 * known), 'a look without a reason changes nothing');
  t.end();
});

t.test('what the user allows holds for all of it', (t) => {
  const { way, rise } = scene(50_000);
  rise(10);
  t.equal(way.full, 50_000);
  t.equal(way.least, LEAST_BACKGROUND_RATE);
  t.equal(way.partOf(1), 50_000);
  way.setMost(1_000);
  t.same([way.full, way.least, way.partOf(0.5)], [1_000, 1_000, 1_000]);
  way.setMost();
  t.ok(way.full > 50_000);
  t.end();
});
