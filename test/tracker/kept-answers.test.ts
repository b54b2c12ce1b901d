/** What is answered to who asks again for what was done; the whole way is in integration/lost-answers. */
import t from 'tap';
import { DoneBefore, onceKey, orAnswerOfBefore } from '../../src/tracker/kept-answers.js';
import type { StoreFacts } from '../../src/tracker/store/store.js';

const once = onceKey('user ann', 'createGroup', { groupId: 'chess' }, '0'.repeat(32));

/** The work was done before, and this text is kept of its answer. */
function answerOf(text: string, request = once.request): Promise<unknown> {
  const facts = { findAnswer: () => Promise.resolve({ request, text }) };
  const done = (): Promise<never> => Promise.reject(new DoneBefore());
  return orAnswerOfBefore(once, done, (look) => look(facts as unknown as StoreFacts));
}

void t.test('the answer that is kept is given again', async (t) => {
  t.same(await answerOf('{"epoch":1}'), { epoch: 1 });
});

void t.test('one that is damaged is refused by a word of ours', async (t) => {
  for (const text of ['', '{"epoch":', 'epoch'])
    await t.rejects(answerOf(text), { code: 'TRACKER_STORAGE' });
});

void t.test('a key that was used for something else gives nothing', async (t) => {
  await t.rejects(answerOf('{}', 'other'), { code: 'BAD_REQUEST' });
});
