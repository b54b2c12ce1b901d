import t from 'tap';
import { ANSWERS_BURST } from '../../../src/net/limits.js';
import { CallAnswers } from '../../../src/main/sharing/call-answers.js';

const address = { host: '192.0.2.1', port: 7001 };
const call = { groupId: 'g', userId: 'ben', deviceId: 'b', callId: 'c', addresses: [address] };
const relay = { host: '192.0.2.9', port: 8000 };

function scene(isPlausible = true) {
  const answered: unknown[] = [];
  const answers = new CallAnswers({
    serving: { answer: ({ at }) => void answered.push(at) },
    uploads: { hasOffersIn: (groupId) => groupId === 'g' },
    plausible: (addresses) => (isPlausible ? addresses : []),
    relay: () => relay,
    nowMs: () => 0,
  });
  return { answered, answers };
}

t.test('a call is answered where it says, or at the relay', (t) => {
  const { answered, answers } = scene();
  answers.onCall(call);
  answers.onCall({ ...call, relayKey: 'k' });
  t.same(answered, [
    { type: 'addresses', addresses: [address] },
    { type: 'relay', relay, key: 'k' },
  ]);
  t.end();
});

t.test('what nobody is meant to answer is passed over', (t) => {
  const { answered, answers } = scene();
  answers.onCall({ ...call, groupId: 'other' });
  answers.onCall({ ...call, addresses: [] });
  t.same(answered, []);
  const implausible = scene(false);
  implausible.answers.onCall(call);
  t.same(implausible.answered, []);
  t.end();
});

t.test('so many at once, and no more', (t) => {
  const { answered, answers } = scene();
  for (let n = 0; n < 2 * ANSWERS_BURST; n++) answers.onCall(call);
  t.equal(answered.length, ANSWERS_BURST);
  t.end();
});
