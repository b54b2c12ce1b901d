/** How fast work may go that nobody waits for; time is what the test says. */
import t from 'tap';
import {
  PROOF_REST_FACTOR,
  SCRUB_REST_FACTOR,
  TRANSFER_QUIET_MS,
  TRANSFER_QUIET_POLL_MS,
} from '../../../src/net/limits.js';
import { IdlePace, TransferActivity, sleepIdly } from '../../../src/main/sharing/idle-pace.js';

const { signal } = new AbortController();

/** A pace; `busyLooks` says how many times transfers are found running. */
function scene(factor: number, busyFactor: number | undefined, busyLooks: number) {
  const slept: number[] = [];
  let left = busyLooks;
  const pace = new IdlePace({
    isBusy: () => left-- > 0,
    ...{ factor, busyFactor },
    sleep: async (ms) => void slept.push(ms),
  });
  return { pace, slept };
}

t.test('a scrub reads for at most a twentieth of the time', async (t) => {
  const { pace, slept } = scene(SCRUB_REST_FACTOR, undefined, 0);
  let workedMs = 0;
  for (const tookMs of [10, 3, 500]) {
    await pace.rest(tookMs, signal);
    workedMs += tookMs;
  }
  const restedMs = slept.reduce((sum, ms) => sum + ms, 0);
  t.ok(workedMs / (workedMs + restedMs) <= 0.05);
});

t.test('and not at all while transfers run', async (t) => {
  const { pace, slept } = scene(SCRUB_REST_FACTOR, undefined, 4);
  await pace.rest(10, signal);
  t.same(slept, [190, ...Array.from({ length: 3 }, () => TRANSFER_QUIET_POLL_MS)]);
});

t.test('what was touched is hashed without rest, or slowly while transfers run', async (t) => {
  const quiet = scene(1, PROOF_REST_FACTOR, 0);
  await quiet.pace.rest(10, signal);
  t.same(quiet.slept, []);
  const busy = scene(1, PROOF_REST_FACTOR, 9);
  await busy.pace.rest(10, signal);
  t.same(busy.slept, [190]);
});

t.test('transfers run when bytes have moved a moment ago', (t) => {
  let [bytes, nowMs] = [0, 1_000_000];
  const activity = new TransferActivity(
    () => bytes,
    () => nowMs,
  );
  t.notOk(activity.isBusy(), 'nothing has moved yet');
  bytes = 5;
  t.ok(activity.isBusy());
  nowMs += TRANSFER_QUIET_MS - 1;
  t.ok(activity.isBusy());
  nowMs += 1;
  t.notOk(activity.isBusy());
  t.end();
});

t.test('a rest ends with the reason of the signal', async (t) => {
  const ending = new AbortController();
  const sleeping = sleepIdly(3_600_000, ending.signal);
  ending.abort(new Error('enough'));
  await t.rejects(sleeping, /enough/);
  await t.rejects(sleepIdly(1, ending.signal), /enough/);
});
