import t from 'tap';
import { PingWheel } from '../../../src/tracker/sessions/ping-wheel.js';
import { FakeClock } from '../fake-clock.js';

const INTERVAL_MS = 20_000;

function scene() {
  const clock = new FakeClock();
  const visits: { readonly atMs: number; readonly things: readonly number[] }[] = [];
  const wheel = new PingWheel<number>({
    intervalMs: INTERVAL_MS,
    clock,
    visit: (things) => visits.push({ atMs: clock.steadyMs(), things: [...things] }),
  });
  return { clock, visits, wheel };
}

void t.test('each is visited once in an interval, and never many at a time', (t) => {
  const { clock, visits, wheel } = scene();
  for (let thing = 0; thing < 1_000; thing++) wheel.add(thing);
  wheel.add(7);
  clock.advance(INTERVAL_MS);
  const visited = visits.flatMap(({ things }) => things);
  t.equal(visited.length, 1_000);
  t.equal(new Set(visited).size, 1_000);
  t.equal(Math.max(...visits.map(({ things }) => things.length)), 10);
  visits.length = 0;
  clock.advance(3 * INTERVAL_MS);
  t.equal(visits.flatMap(({ things }) => things).length, 3_000);
  t.end();
});

void t.test('what is removed is visited no more, and an empty wheel stands still', (t) => {
  const { clock, visits, wheel } = scene();
  wheel.add(1);
  wheel.add(2);
  wheel.remove(1);
  wheel.remove(3);
  clock.advance(INTERVAL_MS);
  t.same(
    visits.flatMap(({ things }) => things),
    [2],
  );
  wheel.remove(2);
  t.equal(clock.timerCount, 0);
  wheel.add(4);
  clock.advance(INTERVAL_MS);
  t.same(
    visits.flatMap(({ things }) => things),
    [2, 4],
  );
  wheel.close();
  wheel.close();
  t.equal(clock.timerCount, 0);
  t.end();
});

void t.test('who is removed by a visit ends it all', (t) => {
  const clock = new FakeClock();
  const wheel: PingWheel<string> = new PingWheel<string>({
    intervalMs: INTERVAL_MS,
    clock,
    visit: (things) => {
      for (const thing of things) wheel.remove(thing);
    },
  });
  for (const thing of ['a', 'b', 'c']) wheel.add(thing);
  clock.advance(INTERVAL_MS);
  t.equal(clock.timerCount, 0);
  t.end();
});
