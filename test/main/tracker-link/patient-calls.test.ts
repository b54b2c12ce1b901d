/** A tracker that says when to ask again, with a clock that is a number. */
import t from 'tap';
import { PatientCalls } from '../../../src/main/tracker-link/patient-calls.js';
import { TrackerError } from '../../../src/net/errors.js';
import { TRACKER_RETURN_WAIT_MS } from '../../../src/net/limits.js';

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
  t.same(pauses, [300, 750]);
});

void t.test('no longer than a person waits', async (t) => {
  const { patient, pauses } = scene(...Array.from({ length: 20 }, () => busy(1_000)));
  await t.rejects(patient.call('listGroups', {}), { code: 'BUSY', retryAfterMs: 1_000 });
  t.equal(pauses.length, Math.floor(TRACKER_RETURN_WAIT_MS / 750));
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
        return Promise.reject(busy(TRACKER_RETURN_WAIT_MS));
      },
    },
    ended: ending.signal,
  });
  await t.rejects(patient.call('listGroups', {}), { code: 'CONNECTION_LOST' });
});
