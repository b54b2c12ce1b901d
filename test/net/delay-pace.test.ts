/** When transfers in the background take the line, and when they leave it. */
import t from 'tap';
import { DelayPace, type LongerWay } from '../../src/net/delay-pace.js';
import {
  ASIDE_MS,
  CHECK_MS,
  CHECK_PROBE_MS,
  DELAY_PROBE_LATE_MS,
  DELAY_PROBE_MS,
  DELAY_PROBE_SOON_MS,
  FIRST_BACKGROUND_RATE,
  LEAST_BACKGROUND_RATE,
  LOOK_EVERY_MS,
  LOOK_MS,
  MAX_WAIT_MS,
  QUEUE_GONE_MS,
  QUEUE_TARGET_MS,
  TRY_MS,
  UNSEEN_MS,
  WAIT_MS,
  WAY_SETTLES_MS,
} from '../../src/net/limits.js';

const LONG = 2 * QUEUE_TARGET_MS;
const RATE_WHEN_MET = 8 * FIRST_BACKGROUND_RATE;

/** Takes all that it may, unless it is `idle`; measures whenever that is wanted. */
function scene(isIdle = false, most?: number) {
  const pace = new DelayPace([most]);
  const rate = (): number => pace.bytesPerSecond[0] ?? 0;
  let [nowMs, moved, part] = [0, 0, isIdle ? 0 : 1];
  let longer: LongerWay | undefined;
  const measure = (queueMs: number): number => {
    const askedAtMs = nowMs + pace.nextInMs;
    moved += (part * rate() * pace.nextInMs) / 1_000;
    nowMs = askedAtMs;
    const measured = { queueMs, spreadMs: 0, askedAtMs, nowMs, movedBytes: [moved] };
    longer = pace.onMeasured(measured) ?? longer;
    return rate();
  };
  /** With that queue until the rate is another one; says after how many milliseconds. */
  const untilOther = (queueMs: number): number => {
    const [before, startMs] = [rate(), nowMs];
    for (let n = 0; n < 100 && rate() === before; n++) measure(queueMs);
    return nowMs - startMs;
  };
  const met = (): void => {
    for (let n = 0; n < 3; n++) measure(0);
    measure(LONG);
    measure(LONG);
  };
  const takePart = (other: number): void => {
    part = other;
  };
  return { pace, rate, measure, untilOther, met, takePart, longer: () => longer };
}

type Scene = ReturnType<typeof scene>;

t.test('two long queues in a row make it stand aside, a single one does not', (t) => {
  const { pace, rate, measure } = scene();
  for (let n = 0; n < 3; n++) measure(0);
  t.equal(rate(), RATE_WHEN_MET);
  t.equal(pace.nextInMs, DELAY_PROBE_MS);
  t.equal(measure(LONG), RATE_WHEN_MET);
  t.equal(pace.nextInMs, DELAY_PROBE_SOON_MS, 'that wants to be known');
  t.equal(measure(0), 2 * RATE_WHEN_MET);
  measure(LONG);
  t.equal(measure(LONG), LEAST_BACKGROUND_RATE);
  t.equal(pace.nextInMs, DELAY_PROBE_SOON_MS);
  t.end();
});

t.test('a queue that goes away with its own bytes was its own', (t) => {
  const { measure, met } = scene();
  met();
  t.equal(measure(LONG), LEAST_BACKGROUND_RATE);
  t.equal(measure(QUEUE_GONE_MS), LEAST_BACKGROUND_RATE, 'once it may be gone for a moment');
  const rate = measure(QUEUE_GONE_MS);
  t.ok(rate > 0.85 * RATE_WHEN_MET && rate < 0.95 * RATE_WHEN_MET, `just below: ${rate}`);
  measure(LONG);
  t.equal(measure(LONG), LEAST_BACKGROUND_RATE);
  t.equal(measure(0), LEAST_BACKGROUND_RATE);
  t.ok(measure(0) > 0.8 * rate, 'two answers say so where there is none at all');
  t.end();
});

t.test('a queue that went away and comes again beside a free part was of somebody else', (t) => {
  const { pace, rate, measure, untilOther, met } = scene();
  met();
  measure(0);
  const checked = rate();
  t.ok(checked > LEAST_BACKGROUND_RATE && checked < RATE_WHEN_MET);
  t.equal(pace.nextInMs, CHECK_PROBE_MS);
  t.equal(measure(LONG), LEAST_BACKGROUND_RATE, 'one long answer is enough');
  measure(QUEUE_GONE_MS);
  t.equal(measure(QUEUE_GONE_MS), LEAST_BACKGROUND_RATE, 'and now hardly any may be left');
  measure(0);
  t.equal(rate(), LEAST_BACKGROUND_RATE);
  measure(0);
  t.equal(measure(QUEUE_GONE_MS + 1), rate(), 'one that is not short is chance');
  const before = rate();
  t.ok(untilOther(0) <= CHECK_MS);
  t.ok(rate() > before, 'it has the line');
  const crowded = scene();
  crowded.met();
  crowded.measure(0);
  for (let n = 0; n < 3; n++) crowded.measure(QUEUE_GONE_MS + 1);
  t.equal(crowded.rate(), LEAST_BACKGROUND_RATE, 'short ones that stay are enough, too');
  for (let n = 0; n < 2; n++) crowded.measure(0);
  t.ok(crowded.rate() > LEAST_BACKGROUND_RATE);
  crowded.measure(LONG);
  for (let n = 0; n < 2; n++) {
    t.equal(crowded.measure(0), LEAST_BACKGROUND_RATE, 'and then the others have the line');
  }
  t.equal(crowded.pace.nextInMs, DELAY_PROBE_LATE_MS);
  const away = scene();
  away.met();
  away.measure(0);
  away.pace.onAway(10_000);
  t.ok(away.rate() > checked, 'nobody can be asked');
  t.end();
});

t.test(
  'one that stays is of somebody else, who has the line until it is gone, then it is tried by parts',
  (t) => {
    const { pace, rate, measure, untilOther, met } = scene();
    met();
    for (let ms = 0; ms < ASIDE_MS; ms += DELAY_PROBE_SOON_MS) measure(QUEUE_GONE_MS + 1);
    t.equal(pace.nextInMs, DELAY_PROBE_LATE_MS, 'there is no hurry');
    for (let n = 0; n < 30; n++) {
      t.equal(measure(n % 2 === 0 ? LONG : QUEUE_TARGET_MS), LEAST_BACKGROUND_RATE);
    }
    untilOther(0);
    const quarter = rate();
    t.ok(quarter > 0.2 * RATE_WHEN_MET && quarter < 0.3 * RATE_WHEN_MET, String(quarter));
    t.ok(untilOther(0) >= TRY_MS);
    t.equal(rate(), 2 * quarter);
    t.ok(untilOther(0) >= TRY_MS);
    t.ok(rate() > 3 * quarter, 'and it has all of it again');
    t.end();
  },
);

t.test('a try that meets a queue is given up, and the next one is later', (t) => {
  const { rate, measure, untilOther, met } = scene();
  met();
  for (let ms = 0; ms <= ASIDE_MS; ms += DELAY_PROBE_SOON_MS) measure(LONG);
  t.equal(rate(), LEAST_BACKGROUND_RATE);
  untilOther(0);
  t.ok(rate() > LEAST_BACKGROUND_RATE, 'it tries');
  t.ok(untilOther(LONG) < TRY_MS, 'long ones end it at once');
  t.equal(rate(), LEAST_BACKGROUND_RATE);
  t.ok(untilOther(0) > WAIT_MS + DELAY_PROBE_LATE_MS, 'it waits for longer');
  t.ok(untilOther(QUEUE_GONE_MS + 1) >= TRY_MS, 'a short one that stays ends it when it is over');
  t.equal(rate(), LEAST_BACKGROUND_RATE);
  const waitedMs = untilOther(0);
  t.ok(waitedMs >= MAX_WAIT_MS && waitedMs < MAX_WAIT_MS + DELAY_PROBE_LATE_MS, String(waitedMs));
  t.end();
});

t.test('what was asked before it stood aside says nothing', (t) => {
  const pace = new DelayPace([undefined]);
  const measure = (queueMs: number, askedAtMs: number, nowMs: number): void => {
    pace.onMeasured({ queueMs, spreadMs: 0, askedAtMs, nowMs, movedBytes: [0] });
  };
  measure(LONG, 0, 100);
  measure(LONG, 100, 200);
  t.same(pace.bytesPerSecond, [LEAST_BACKGROUND_RATE]);
  measure(0, 200, 400);
  t.same(pace.bytesPerSecond, [LEAST_BACKGROUND_RATE]);
  measure(0, 600, 601);
  t.ok((pace.bytesPerSecond[0] ?? 0) > LEAST_BACKGROUND_RATE);
  t.end();
});

t.test('it looks every so often without a reason, unless nothing goes', (t) => {
  const { measure } = scene(false, 100_000);
  let ms = 0;
  for (; measure(0) > LEAST_BACKGROUND_RATE; ms += DELAY_PROBE_MS)
    if (ms > 2 * LOOK_EVERY_MS) break;
  t.ok(ms >= LOOK_EVERY_MS - DELAY_PROBE_MS && ms < LOOK_EVERY_MS + DELAY_PROBE_MS, String(ms));
  t.equal(measure(0), 100_000);
  const idle = scene(true);
  for (let n = 0; n < 100; n++) t.equal(idle.measure(0), FIRST_BACKGROUND_RATE);
  t.end();
});

t.test('when nobody can be asked it does not stand aside, and tries nothing', (t) => {
  const { pace, rate, untilOther, met } = scene();
  met();
  pace.onAway(10_000);
  t.ok(rate() > LEAST_BACKGROUND_RATE);
  const other = scene();
  other.met();
  for (let ms = 0; ms <= ASIDE_MS; ms += DELAY_PROBE_SOON_MS) other.measure(LONG);
  other.untilOther(0);
  t.ok(other.rate() > LEAST_BACKGROUND_RATE);
  other.pace.onAway(1_000_000);
  t.equal(other.rate(), LEAST_BACKGROUND_RATE);
  untilOther(LONG);
  pace.forget(0);
  t.equal(rate(), LEAST_BACKGROUND_RATE, 'in another network it looks first');
  untilOther(0);
  t.equal(rate(), FIRST_BACKGROUND_RATE, 'and all begins anew');
  t.end();
});

/** Waits in vain with these queues in turn until it tries. */
function untilTried({ rate, measure, met }: Scene, queuesMs: readonly number[]): boolean {
  met();
  for (let n = 0; n < 100; n++) {
    if (measure(queuesMs[n % queuesMs.length] ?? 0) > LEAST_BACKGROUND_RATE) return rate() > 0;
  }
  return false;
}

t.test('a queue that is always as long is tried, and is of a longer way when it stays so', (t) => {
  const one = scene();
  t.ok(untilTried(one, [LONG, LONG + 2]));
  for (let n = 0; n < 50 && one.longer() === undefined; n++) one.measure(LONG + 1);
  t.same(one.longer(), { byMs: LONG });
  t.ok(one.rate() > RATE_WHEN_MET / 2, 'it has the line');
  const other = scene();
  t.ok(untilTried(other, [LONG]));
  for (let n = 0; n < 20; n++) other.measure(LONG + QUEUE_TARGET_MS);
  t.equal(other.rate(), LEAST_BACKGROUND_RATE, 'one that grows with its own bytes is a queue');
  t.equal(other.longer(), undefined);
  t.notOk(untilTried(scene(), [LONG, 1.5 * LONG, 2 * LONG]), 'and so is one that varies');
  const crowded = scene();
  t.ok(untilTried(crowded, [LONG]));
  crowded.takePart(0.1);
  for (let n = 0; n < 20; n++) crowded.measure(LONG);
  t.equal(crowded.longer(), undefined, 'who does not get its part is not alone');
  t.end();
});

t.test('who cannot ask for long whether others are there takes a part', (t) => {
  const { pace, rate, measure, met } = scene();
  met();
  for (let ms = 0; ms <= ASIDE_MS; ms += DELAY_PROBE_SOON_MS) measure(LONG);
  pace.onAway(UNSEEN_MS);
  t.equal(rate(), LEAST_BACKGROUND_RATE);
  pace.onAway(3 * UNSEEN_MS);
  t.ok(rate() > LEAST_BACKGROUND_RATE && rate() < RATE_WHEN_MET / 2, String(rate()));
  measure(LONG);
  t.equal(rate(), LEAST_BACKGROUND_RATE, 'and looks as soon as it can');
  t.end();
});

t.test('on another way it looks for longer, and keeps what it knows of the line', (t) => {
  const { pace, rate, measure, untilOther, met } = scene();
  met();
  measure(0);
  untilOther(0);
  const known = rate();
  t.ok(known > RATE_WHEN_MET / 2);
  pace.onOtherWay(0);
  t.equal(pace.isQuiet(WAY_SETTLES_MS), true);
  pace.onAway(DELAY_PROBE_SOON_MS);
  t.equal(rate(), LEAST_BACKGROUND_RATE, 'the tracker may not be quite there yet');
  pace.onAway(2 * LOOK_MS);
  t.equal(rate(), known);
  t.end();
});

t.test('what the user allows is changed at any time', (t) => {
  const { pace, rate, met } = scene();
  pace.setMost([1_000]);
  t.equal(rate(), 1_000);
  pace.setMost([undefined]);
  t.equal(rate(), FIRST_BACKGROUND_RATE);
  met();
  pace.setMost([1_000]);
  t.equal(rate(), 1_000, 'also while it stands aside');
  t.end();
});
