/** Transfers in the background: how pings to the tracker set their rates. */
import t, { type Test } from 'tap';
import { PoliteRates } from '../../../src/main/engine/polite-rates.js';
import {
  BACKGROUND_PIPELINE_BYTES,
  DELAY_PROBE_MS,
  DELAY_PROBE_PATIENCE_MS,
  FIRST_BACKGROUND_RATE,
  KiB,
  LEAST_BACKGROUND_RATE,
  LOOK_MS,
  QUEUE_TARGET_MS,
  SESSION_PINGS_BURST,
  SESSION_PINGS_PER_SECOND,
  UNSEEN_MS,
} from '../../../src/net/limits.js';
import { ModelledLine, STEP_MS, type ModelledLineOptions } from '../../fixtures/modelled-line.js';
import { numberClock } from '../../fixtures/number-clock.js';

/** `answerAfterMs`: how long each ping takes, infinite for one that is lost; undefined while the tracker is away. */
function scene(t: Test) {
  const clock = numberClock(t);
  const way: { answerAfterMs: number | undefined } = { answerAfterMs: 20 };
  const set: (number | undefined)[] = [];
  let moved = 0;
  const rates = new PoliteRates({
    ping: (onAnswer) => {
      if (way.answerAfterMs === undefined) return false;
      if (way.answerAfterMs < Infinity) setTimeout(onAnswer, way.answerAfterMs);
      return true;
    },
    directions: [
      {
        limiter: { setRate: (rate) => set.push(rate) },
        movedBytes: () => (moved += 1_000_000_000),
        most: undefined,
      },
      { limiter: { setRate: () => undefined }, movedBytes: () => 0, most: 50_000 },
    ],
    nowMs: () => clock.nowMs,
  });
  return { clock, way, set, rates };
}

t.test('a short way has both directions rise that are used, within what the user allows', (t) => {
  const { clock, set, rates } = scene(t);
  t.same(set, [FIRST_BACKGROUND_RATE], 'limited from the first byte on');
  rates.start('192.0.2.1');
  rates.start('192.0.2.1');
  t.equal(set.at(-1), LEAST_BACKGROUND_RATE, 'it looks first');
  clock.pass(LOOK_MS + 3 * DELAY_PROBE_MS);
  const [risen = 0] = rates.bytesPerSecond;
  t.ok(risen >= 8 * FIRST_BACKGROUND_RATE, String(risen));
  t.equal(set.at(-1), risen);
  t.equal(rates.bytesPerSecond[1], 50_000);
  rates.stop();
  clock.pass(10 * DELAY_PROBE_MS);
  t.equal(set.at(-1), risen);
  t.equal(clock.timerCount, 0);
  t.end();
});

t.test('a queue has them fall, and so has an answer that does not come', (t) => {
  const { clock, way, rates } = scene(t);
  rates.start('192.0.2.1');
  clock.pass(3 * DELAY_PROBE_MS);
  const [before = 0] = rates.bytesPerSecond;
  way.answerAfterMs = 20 + 2 * QUEUE_TARGET_MS;
  clock.pass(10 * DELAY_PROBE_MS);
  const [after = 0] = rates.bytesPerSecond;
  t.ok(after < before / 2, `${before} and then ${after}`);
  way.answerAfterMs = 60_000;
  clock.pass(10 * DELAY_PROBE_MS);
  t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE);
  rates.stop();
  t.end();
});

t.test('the answer of a lost connection is not awaited for ever', (t) => {
  const { clock, way, rates } = scene(t);
  rates.start('192.0.2.1');
  clock.pass(3 * DELAY_PROBE_MS);
  way.answerAfterMs = Infinity;
  clock.pass(2 * DELAY_PROBE_MS);
  way.answerAfterMs = 20;
  const [before = 0] = rates.bytesPerSecond;
  rates.start('192.0.2.1');
  clock.pass(20);
  t.ok((rates.bytesPerSecond[0] ?? 0) > before, 'the tracker is there again, and is asked at once');
  way.answerAfterMs = Infinity;
  clock.pass(20 * DELAY_PROBE_MS);
  t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE);
  way.answerAfterMs = 20;
  clock.pass(DELAY_PROBE_PATIENCE_MS + 4 * DELAY_PROBE_MS);
  t.ok(
    (rates.bytesPerSecond[0] ?? 0) > LEAST_BACKGROUND_RATE,
    'one that is lost for no such reason',
  );
  rates.stop();
  t.end();
});

t.test('while the tracker is away nothing is known; in another network all begins anew', (t) => {
  const { clock, way, rates } = scene(t);
  way.answerAfterMs = undefined;
  rates.start('192.0.2.1');
  clock.pass(10 * DELAY_PROBE_MS);
  t.equal(rates.bytesPerSecond[0], FIRST_BACKGROUND_RATE);
  way.answerAfterMs = 20;
  clock.pass(2 * DELAY_PROBE_MS);
  way.answerAfterMs = 20 + 10 * QUEUE_TARGET_MS;
  clock.pass(DELAY_PROBE_MS);
  rates.onNetworkChanged();
  t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE);
  clock.pass(2 * LOOK_MS);
  t.ok((rates.bytesPerSecond[0] ?? 0) >= FIRST_BACKGROUND_RATE, 'a longer way is no queue there');
  rates.stop();
  t.end();
});

t.test('a tracker that never answers a ping does not make it take the line', (t) => {
  const { clock, way, set, rates } = scene(t);
  way.answerAfterMs = Infinity;
  rates.start('192.0.2.1');
  clock.pass(100 * DELAY_PROBE_MS);
  t.equal(rates.bytesPerSecond[0], FIRST_BACKGROUND_RATE);
  t.equal(Math.max(...set.map((rate) => rate ?? Infinity)), FIRST_BACKGROUND_RATE);
  rates.stop();
  t.end();
});

t.test('a tracker elsewhere has another delay, and the same one after a while has not', (t) => {
  const { clock, way, rates } = scene(t);
  rates.start('192.0.2.1');
  clock.pass(2 * LOOK_MS);
  const [risen = 0] = rates.bytesPerSecond;
  rates.start('192.0.2.1');
  t.ok((rates.bytesPerSecond[0] ?? 0) >= risen);
  clock.pass(DELAY_PROBE_MS);
  way.answerAfterMs = 20 + 4 * QUEUE_TARGET_MS;
  rates.start('192.0.2.2');
  t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE, 'it looks first');
  clock.pass(3 * LOOK_MS);
  t.ok((rates.bytesPerSecond[0] ?? 0) >= risen, 'and goes on');
  rates.stop();
  t.end();
});

t.test(
  'a tracker that goes away while others have the line does not leave it to them for ever',
  (t) => {
    const { clock, way, rates } = scene(t);
    rates.start('192.0.2.1');
    clock.pass(2 * LOOK_MS);
    const [risen = 0] = rates.bytesPerSecond;
    way.answerAfterMs = 20 + 4 * QUEUE_TARGET_MS;
    clock.pass(2 * LOOK_MS);
    t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE);
    way.answerAfterMs = undefined;
    clock.pass(UNSEEN_MS / 2);
    t.equal(rates.bytesPerSecond[0], LEAST_BACKGROUND_RATE);
    clock.pass(2 * UNSEEN_MS);
    const [unseen = 0] = rates.bytesPerSecond;
    t.ok(unseen > LEAST_BACKGROUND_RATE && unseen < risen, String(unseen));
    rates.stop();
    t.end();
  },
);

/** The real pace on a modelled line; `share` runs it for some seconds and says what each got of it. */
function onLine(t: Test, options: ModelledLineOptions) {
  const clock = numberClock(t);
  const line = new ModelledLine(options);
  const rates = new PoliteRates({
    ping: (onAnswer) => {
      pings++;
      setTimeout(onAnswer, line.pingMs);
      return true;
    },
    directions: [
      { limiter: { setRate: () => undefined }, movedBytes: () => 0, most: undefined },
      { limiter: { setRate: () => undefined }, movedBytes: () => line.readBytes, most: undefined },
    ],
    nowMs: () => clock.nowMs,
  });
  let pings = 0;
  rates.start('192.0.2.1');
  t.teardown(() => rates.stop());
  const share = (seconds: number): { ours: number; usual: number } => {
    const before = { ...line.came };
    for (let ms = 0; ms < 1_000 * seconds; ms += STEP_MS) {
      clock.pass(STEP_MS);
      line.step(rates.bytesPerSecond[1] ?? 0);
    }
    const all = options.bytesPerSecond * seconds;
    const part = (who: 'ours' | 'usual'): number => (line.came[who] - before[who]) / all;
    return { ours: part('ours'), usual: part('usual') };
  };
  return { line, rates, share, pings: () => pings };
}

for (const rule of ['reno', 'cubic'] as const) {
  for (const bytesPerSecond of [400_000, 2_000_000, 12_500_000]) {
    for (const aheadBytes of [BACKGROUND_PIPELINE_BYTES, 4 * BACKGROUND_PIPELINE_BYTES]) {
      const name = `at ${bytesPerSecond} B/s with ${aheadBytes / KiB} KiB ahead`;
      t.test(`${name} it takes the line alone, and leaves it to a transfer by ${rule}`, (t) => {
        const { line, share, pings } = onLine(t, {
          ...{ bytesPerSecond, aheadBytes, queueMs: 300, wayMs: 5 },
        });
        share(20);
        const alone = share(30);
        t.ok(alone.ours >= 0.85, `alone ${alone.ours}`);
        line.setUsual(rule);
        const first = share(5);
        t.ok(first.usual >= 0.4, `what is under way still comes; it leaves ${first.usual}`);
        for (let n = 0; n < 4; n++) {
          const beside = share(15);
          t.ok(beside.usual >= 0.8 * (beside.usual + beside.ours), `leaves ${beside.usual}`);
          t.ok(beside.usual + beside.ours >= 0.85, 'and the line is full');
        }
        line.setUsual(undefined);
        share(15);
        const again = share(30);
        t.ok(again.ours >= 0.85, `afterwards ${again.ours}`);
        t.ok(pings() < 150 * SESSION_PINGS_PER_SECOND + SESSION_PINGS_BURST, String(pings()));
        t.end();
      });
    }
  }
}

for (const rule of ['reno', 'cubic'] as const) {
  t.test(
    `a transfer by ${rule} that times out when it is looked for has the line all the same`,
    (t) => {
      for (let beginS = 0; beginS < 10; beginS++) {
        const { line, rates, share } = onLine(t, {
          ...{ bytesPerSecond: 2_000_000, queueMs: 300, wayMs: 1 },
          aheadBytes: 2 * BACKGROUND_PIPELINE_BYTES,
        });
        share(50 + beginS);
        line.setUsual(rule);
        let ms = 0;
        while (rates.bytesPerSecond[1] !== LEAST_BACKGROUND_RATE && ms < 5_000) {
          share(STEP_MS / 1_000);
          ms += STEP_MS;
        }
        line.timeOut(1_000);
        share(5 - ms / 1_000);
        const { ours, usual } = share(5);
        t.ok(usual >= 0.95 * (usual + ours), `begun at ${beginS} s it has ${usual}`);
        rates.stop();
      }
      t.end();
    },
  );
}

/** Chance that is the same each time: even between 0 and 1. */
function evenChance(): () => number {
  let state = 1;
  return () => (state = (1_103_515_245 * state + 12_345) % 2 ** 31) / 2 ** 31;
}

/** As the sum of twelve dice is spread about. */
function spreadBy(ms: number): () => number {
  const chance = evenChance();
  return () => ms * (Array.from({ length: 12 }, chance).reduce((sum, one) => sum + one) - 6);
}

const VARYING: readonly [string, number, () => number][] = [
  ['40 ± 8 ms', 40, spreadBy(8)],
  ['60 ± 15 ms', 60, spreadBy(15)],
  [
    '20 to 70 ms',
    20,
    (
      (chance) => () =>
        50 * chance()
    )(evenChance()),
  ],
];
for (const [name, wayMs, offMs] of VARYING) {
  t.test(`a way of ${name} is taken when it is free, and left to others`, (t) => {
    const { line, share } = onLine(t, {
      ...{ bytesPerSecond: 2_000_000, aheadBytes: BACKGROUND_PIPELINE_BYTES, queueMs: 300 },
      ...{ wayMs, offMs },
    });
    share(20);
    for (let minute = 0; minute < 10; minute++) {
      const { ours } = share(60);
      t.ok(ours >= 0.75, `in minute ${minute}: ${ours}`);
    }
    for (const rule of ['cubic', 'reno'] as const) {
      line.setUsual(rule);
      share(15);
      for (let n = 0; n < 4; n++) {
        const { ours, usual } = share(15);
        t.ok(usual >= 0.8 * (usual + ours), `leaves ${usual} to ${rule}`);
      }
      line.setUsual(undefined);
      share(20);
      t.ok(share(60).ours >= 0.75, 'and has it again');
    }
    t.end();
  });
}

t.test('a way that has become longer for good is taken after a while', (t) => {
  const options = { aheadBytes: BACKGROUND_PIPELINE_BYTES, queueMs: 300, wayMs: 20 };
  const { line, share } = onLine(t, { ...options, bytesPerSecond: 2_000_000 });
  share(60);
  line.setWay(50);
  share(60);
  t.ok(share(60).ours >= 0.8);
  t.end();
});
