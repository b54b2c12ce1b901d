/** When a tracker that answers nothing is doubted, over a clock of numbers. */
import t, { type Test } from 'tap';
import { DoubtPatience } from '../../../src/main/tracker-link/doubt-patience.js';
import type { DialFate } from '../../../src/main/tracker-link/dial-fate.js';
import { HangWatch } from '../../../src/main/tracker-link/hang-watch.js';
import { laterByTimer } from '../../../src/net/later.js';
import { deferred } from '../../../src/net/deferred.js';
import {
  AWAY_RETRY_MAX_MS,
  BUSY_RETRY_MIN_MS,
  TRACKER_DOUBT_BYTES_PER_SECOND,
  TRACKER_DOUBT_MAX_MS,
  TRACKER_DOUBT_MS,
  TRACKER_LONE_DOUBT_MS,
} from '../../../src/net/limits.js';
import { numberClock } from '../../fixtures/number-clock.js';

type Look = { readonly found: string } | { readonly failed: DialFate };

/** Everything that is waiting for nothing but its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function scene(t: Test, { isAlone = false, patience = new DoubtPatience() } = {}) {
  const clock = numberClock(t);
  const done: string[] = [];
  const looks: { found: (look: Look) => void; calledOff: AbortSignal }[] = [];
  const way = { isSending: false };
  const watch = new HangWatch<string>({
    patience,
    isSending: () => way.isSending,
    hasOthers: () => !isAlone,
    ping: () => done.push('ping'),
    look: (where, calledOff) => {
      const { promise, resolve } = deferred<Look>();
      looks.push({ found: resolve, calledOff });
      done.push(where === 'elsewhere' ? 'look' : 'look anywhere');
      return promise;
    },
    discard: (found) => done.push(`discarded ${found}`),
    onHanging: (found) => done.push(`given up for ${found}`),
    random: () => 1,
    nowMs: () => clock.nowMs,
    later: laterByTimer,
  });
  const ask = (bytes = 0) => {
    const answer = deferred<void>();
    const asked = watch.during(answer.promise, bytes);
    return async () => {
      answer.resolve();
      await asked;
    };
  };
  return { clock, watch, done, looks, ask, way, patience };
}

void t.test('who answers nothing is pinged, looked for elsewhere, and given up', async (t) => {
  const { clock, watch, done, looks, ask } = scene(t);
  watch.begin();
  clock.pass(60_000);
  t.same(done, [], 'while nothing is asked nobody is doubted');
  ask();
  clock.pass(TRACKER_DOUBT_MS - 1);
  t.same(done, []);
  clock.pass(1);
  t.same(done, ['ping']);
  clock.pass(TRACKER_DOUBT_MS);
  t.same(done, ['ping', 'look']);
  looks[0]!.found({ found: 'b' });
  await turn();
  t.same(done, ['ping', 'look', 'given up for b']);
  clock.pass(60_000);
  t.equal(clock.timerCount, 0);
  t.equal(done.length, 3, 'once');
});

void t.test('a sign of life ends each doubt, and the next one comes later', async (t) => {
  const { clock, watch, done, looks, ask } = scene(t);
  watch.begin();
  ask();
  clock.pass(TRACKER_DOUBT_MS - 1);
  watch.onSignOfLife();
  clock.pass(TRACKER_DOUBT_MS - 1);
  t.same(done, [], 'silence counts from the last sign');
  clock.pass(1);
  t.same(done, ['ping']);
  watch.onSignOfLife();
  clock.pass(2 * TRACKER_DOUBT_MS - 1);
  t.same(done, ['ping']);
  clock.pass(1);
  clock.pass(2 * TRACKER_DOUBT_MS);
  t.same(done, ['ping', 'ping', 'look']);
  watch.onSignOfLife();
  t.ok(looks[0]!.calledOff.aborted);
  looks[0]!.found({ found: 'b' });
  await turn();
  t.equal(done.at(-1), 'discarded b', 'an answer elsewhere that comes too late changes nothing');
  watch.end();
  t.equal(clock.timerCount, 0);
});

void t.test(
  'slow answers cost few pings, and one in time brings the first patience back',
  async (t) => {
    const { clock, watch, done, ask } = scene(t);
    watch.begin();
    const answer = ask();
    for (let ms = 0; ms < 120_000; ms += 50) {
      const before = done.length;
      clock.pass(50);
      if (done.length > before) watch.onSignOfLife();
    }
    t.ok(done.every((one) => one === 'ping'));
    t.ok(done.length <= 4 + 120_000 / TRACKER_DOUBT_MAX_MS, `${done.length} pings in two minutes`);
    await answer();
    t.equal(clock.timerCount, 0);
    done.length = 0;
    const second = ask();
    await second();
    ask();
    clock.pass(TRACKER_DOUBT_MS);
    t.same(done, ['ping']);
    watch.end();
  },
);

void t.test('where nobody answers elsewhere it is looked anywhere, again and again', async (t) => {
  const { clock, watch, done, looks, ask } = scene(t);
  watch.begin();
  ask();
  clock.pass(2 * TRACKER_DOUBT_MS);
  looks[0]!.found({ failed: 'away' });
  await turn();
  for (let times = 1; times < 20; times++) {
    clock.pass(AWAY_RETRY_MAX_MS);
    t.equal(looks.length, times + 1, 'at the pace at which a lost tracker is dialled');
    looks[times]!.found({ failed: 'away' });
    await turn();
  }
  clock.pass(AWAY_RETRY_MAX_MS);
  looks.at(-1)!.found({ found: 'b' });
  await turn();
  t.same(done.slice(0, 3), ['ping', 'look', 'look anywhere']);
  t.equal(done.at(-1), 'given up for b');
  t.equal(clock.timerCount, 0);
});

void t.test('a tracker that says that it is busy is looked for less and less', async (t) => {
  const { clock, watch, looks, ask } = scene(t);
  watch.begin();
  ask();
  clock.pass(2 * TRACKER_DOUBT_MS);
  for (let times = 1; times < 5; times++) {
    looks.at(-1)!.found({ failed: 'busy' });
    await turn();
    clock.pass(BUSY_RETRY_MIN_MS * 2 ** (times - 1) - 1);
    t.equal(looks.length, times);
    clock.pass(1);
    t.equal(looks.length, times + 1);
  }
  watch.end();
  t.ok(looks.at(-1)!.calledOff.aborted);
  t.equal(clock.timerCount, 0);
});

void t.test('nobody is doubted who cannot have heard the question yet', async (t) => {
  const { clock, watch, done, looks, ask, way } = scene(t);
  watch.begin();
  ask();
  way.isSending = true;
  for (let ms = 0; ms < 60_000; ms += 100) clock.pass(100);
  t.same(done, [], 'bytes of ours are still leaving');
  way.isSending = false;
  clock.pass(TRACKER_DOUBT_MS);
  t.same(done, ['ping']);
  way.isSending = true;
  for (let ms = 0; ms < 60_000; ms += 100) clock.pass(100);
  t.same(done, ['ping'], 'the ping is behind others');
  way.isSending = false;
  clock.pass(TRACKER_DOUBT_MS);
  t.same(done, ['ping', 'look']);
  looks[0]!.found({ found: 'b' });
  await turn();
  t.equal(done.at(-1), 'given up for b');
});

void t.test('a long question has the time that it takes on a slow way', async (t) => {
  const { clock, watch, done, ask } = scene(t);
  watch.begin();
  const answer = ask(7 * TRACKER_DOUBT_BYTES_PER_SECOND);
  clock.pass(TRACKER_DOUBT_MS + 7_000 - 1);
  t.same(done, []);
  clock.pass(1);
  t.same(done, ['ping']);
  watch.onSignOfLife();
  await answer();
  done.length = 0;
  const next = ask();
  clock.pass(2 * TRACKER_DOUBT_MS);
  t.same(done, ['ping'], 'a short one has not');
  watch.onSignOfLife();
  await next();
  watch.end();
});

void t.test('what was learned of a slow tracker holds until it answers undoubted', async (t) => {
  const { clock, watch, done, looks, ask, patience } = scene(t);
  watch.begin();
  const slow = ask();
  clock.pass(TRACKER_DOUBT_MS);
  watch.onSignOfLife();
  await slow();
  t.equal(patience.msFor(0), 2 * TRACKER_DOUBT_MS, 'its answer came after a doubt');
  ask();
  clock.pass(4 * TRACKER_DOUBT_MS);
  looks[0]!.found({ found: 'b' });
  await turn();
  t.equal(done.at(-1), 'given up for b');
  const next = scene(t, { patience });
  next.watch.begin();
  const asked = next.ask();
  clock.pass(4 * TRACKER_DOUBT_MS - 1);
  t.same(next.done, [], 'the next connection knows of it');
  await asked();
  t.equal(patience.msFor(0), TRACKER_DOUBT_MS);
  next.watch.end();
});

void t.test('who is alone is looked for at the same address, and later', async (t) => {
  const { clock, watch, done, looks, ask } = scene(t, { isAlone: true });
  watch.begin();
  ask();
  clock.pass(TRACKER_DOUBT_MS + TRACKER_LONE_DOUBT_MS - 1);
  t.same(done, ['ping']);
  clock.pass(1);
  t.same(done, ['ping', 'look anywhere']);
  looks[0]!.found({ failed: 'away' });
  await turn();
  watch.onSignOfLife();
  clock.pass(2 * TRACKER_DOUBT_MS - 1);
  t.same(done, ['ping', 'look anywhere'], 'nobody is looked for who was heard');
  watch.end();
  t.equal(clock.timerCount, 0);
});

void t.test(
  'who does not answer a heartbeat is looked for although nothing is asked',
  async (t) => {
    const { clock, watch, done, looks, patience } = scene(t, { isAlone: true });
    watch.onHeartbeat();
    t.equal(clock.timerCount, 0, 'not before the connection is there');
    watch.begin();
    watch.onHeartbeat();
    watch.onSignOfLife();
    t.equal(clock.timerCount, 0);
    t.equal(patience.msFor(0), TRACKER_DOUBT_MS, 'an answer to it is no doubt that was wrong');
    watch.onHeartbeat();
    clock.pass(TRACKER_LONE_DOUBT_MS);
    t.same(done, ['look anywhere']);
    looks[0]!.found({ found: 'b' });
    await turn();
    t.equal(done.at(-1), 'given up for b');
  },
);

void t.test('a question that nobody waits for any more ends no look', async (t) => {
  const { clock, watch, done, looks, ask } = scene(t, { isAlone: true });
  watch.begin();
  const giveUp = ask();
  clock.pass(TRACKER_DOUBT_MS + TRACKER_LONE_DOUBT_MS);
  await giveUp();
  t.notOk(looks[0]!.calledOff.aborted);
  looks[0]!.found({ failed: 'away' });
  await turn();
  clock.pass(AWAY_RETRY_MAX_MS);
  t.same(done, ['ping', 'look anywhere', 'look anywhere']);
  watch.end();
});

void t.test('what was asked before the connection is there counts from its beginning', (t) => {
  const { clock, watch, done, ask } = scene(t);
  ask();
  clock.pass(60_000);
  t.same(done, []);
  watch.begin();
  clock.pass(TRACKER_DOUBT_MS - 1);
  t.same(done, []);
  clock.pass(1);
  t.same(done, ['ping']);
  watch.end();
  clock.pass(60_000);
  t.same(done, ['ping'], 'nothing comes after the end');
  t.end();
});
