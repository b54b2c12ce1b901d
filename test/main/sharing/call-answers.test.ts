import t from 'tap';
import { ANSWERS_BURST } from '../../../src/net/limits.js';
import { CallAnswers } from '../../../src/main/sharing/call-answers.js';

const address = { host: '192.0.2.1', port: 7001 };
const call = { groupId: 'g', userId: 'ben', deviceId: 'b', callId: 'c', addresses: [address] };
const relay = { of: 'tracker', address: { host: '192.0.2.9', port: 8000 } } as const;

function scene(isPlausible = true) {
  const answered: unknown[] = [];
  const running: Promise<unknown>[] = [];
  const answers = new CallAnswers({
    serving: { answer: ({ at }) => void answered.push(at) },
    uploads: { hasOffersIn: (groupId) => groupId === 'g' },
    plausible: (addresses) => (isPlausible ? addresses : []),
    relays: { placeOf: async (_groupId, told) => (told ? undefined : relay) },
    background: { run: (work) => void running.push(work()) },
    nowMs: () => 0,
  });
  return { answered, answers, settled: () => Promise.all(running) };
}

t.test('a call is answered where it says, or at the relay', async (t) => {
  const { answered, answers, settled } = scene();
  answers.onCall(call);
  answers.onCall({ ...call, relayKey: 'k' });
  const told = { userId: 'carl', deviceId: 'c', addresses: [] };
  answers.onCall({ ...call, relayKey: 'k', relay: told });
  await settled();
  t.same(answered, [
    { type: 'addresses', addresses: [address] },
    { type: 'relay', relay, key: 'k' },
  ]);
});

t.test('what nobody is meant to answer is passed over', async (t) => {
  const { answered, answers, settled } = scene();
  answers.onCall({ ...call, groupId: 'other' });
  answers.onCall({ ...call, addresses: [] });
  await settled();
  t.same(answered, []);
  const implausible = scene(false);
  implausible.answers.onCall(call);
  await implausible.settled();
  t.same(implausible.answered, []);
});

t.test('so many at once, and no more', async (t) => {
  const { answered, answers, settled } = scene();
  for (let n = 0; n < 2 * ANSWERS_BURST; n++) answers.onCall(call);
  await settled();
  t.equal(answered.length, ANSWERS_BURST);
});
