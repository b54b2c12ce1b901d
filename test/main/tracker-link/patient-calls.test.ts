/** A tracker that says when to ask again, with a clock that is a number. */
import t from 'tap';
import { PatientCalls } from '../../../src/main/tracker-link/patient-calls.js';
import { TrackerError } from '../../../src/net/errors.js';
import {
  CONFLICT_RETRY_AFTER_MS,
  MIN_RETRY_AFTER_MS,
  TRACKER_RETURN_WAIT_MS,
} from '../../../src/net/limits.js';

const busy = (retryAfterMs?: number) =>
  new TrackerError('BUSY', 'not now', retryAfterMs === undefined ? {} : { retryAfterMs });

function scene(...answers: (object | TrackerError)[]) {
  let nowMs = 0;
  const pauses: number[] = [];
  const ending = new AbortController();
  const patient = new PatientCalls({
    calls: {
      call: () => {
        const answer = answers.shift();
        if (answer instanceof TrackerError) return Promise.reject(answer);
        return answer === undefined
          ? Promise.reject(new Error('nobody asks so often'))
          : Promise.resolve(answer as never);
      },
    },
    ended: ending.signal,
    steadyMs: () => nowMs,
    random: () => 0.5,
    pause: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
    },
  });
  return { patient, pauses, left: answers };
}

void t.test('it is asked again when the tracker has said', async (t) => {
  const { patient, pauses } = scene(busy(400), busy(1_000), { items: [] });
  t.same(await patient.call('listGroups', {}), { items: [] });
  t.same(pauses, [300, 1_500]);
});

const busyOften = (retryAfterMs: number) => Array.from({ length: 99 }, () => busy(retryAfterMs));
const sum = (all: readonly number[]) => all.reduce((one, other) => one + other, 0);

void t.test('less and less often, and no longer than a person waits', async (t) => {
  const { patient, pauses } = scene(...busyOften(500));
  await t.rejects(patient.call('listGroups', {}), { code: 'BUSY', retryAfterMs: 500 });
  t.same(pauses.slice(0, 3), [375, 750, 1_500]);
  t.equal(pauses.length, 5, 'the last ones share what is left');
  t.ok(sum(pauses) <= TRACKER_RETURN_WAIT_MS && sum(pauses) > 0.8 * TRACKER_RETURN_WAIT_MS);
});

void t.test('who is told to ask at once does so after a moment', async (t) => {
  const { patient, pauses } = scene(...busyOften(0));
  await t.rejects(patient.call('listGroups', {}), { code: 'BUSY' });
  t.equal(pauses[0], 0.75 * MIN_RETRY_AFTER_MS);
  t.ok(pauses.length < 12, `${pauses.length} pauses`);
});

void t.test('where too many change the same it is asked twice more', async (t) => {
  const { patient, pauses } = scene(...busyOften(CONFLICT_RETRY_AFTER_MS));
  await t.rejects(patient.call('listGroups', {}), { code: 'BUSY' });
  t.equal(pauses.length, 2);
});

void t.test('who is to come back later than a person waits is told so', async (t) => {
  const { patient, pauses } = scene(busy(TRACKER_RETURN_WAIT_MS + 1));
  await t.rejects(patient.call('listGroups', {}), { code: 'BUSY' });
  t.same(pauses, []);
});

void t.test('whatever else is said is the answer', async (t) => {
  for (const refusal of [busy(), new TrackerError('GROUP_EXISTS', 'it is there')]) {
    const { patient, pauses, left } = scene(refusal, {});
    await t.rejects(patient.call('listGroups', {}), refusal);
    t.same(pauses, []);
    t.equal(left.length, 1);
  }
});

void t.test('a connection that ends is waited for no longer', async (t) => {
  const ending = new AbortController();
  let count = 0;
  const patient = new PatientCalls({
    calls: {
      call: () => {
        if (++count > 1) return Promise.reject(new TrackerError('CONNECTION_LOST', 'it is gone'));
        setImmediate(() => ending.abort());
        return Promise.reject(busy(TRACKER_RETURN_WAIT_MS / 2));
      },
    },
    ended: ending.signal,
  });
  await t.rejects(patient.call('listGroups', {}), { code: 'CONNECTION_LOST' });
});
