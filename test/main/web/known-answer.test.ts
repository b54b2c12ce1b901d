import t from 'tap';
import { answerLine } from '../../../src/main/web/known-answer.js';

t.test('who asks once is told the result alone', async (t) => {
  t.same(JSON.parse(answerLine([1, 2], undefined)), { result: [1, 2] });
  t.same(JSON.parse(answerLine(undefined, undefined)), { result: null });
});

t.test('who knows it already is told that it is the same', async (t) => {
  const first = JSON.parse(answerLine({ name: 'a"\n' }, '')) as { tag: string; result: unknown };
  t.same(first.result, { name: 'a"\n' });
  t.same(JSON.parse(answerLine({ name: 'a"\n' }, first.tag)), { same: true });
  t.match(JSON.parse(answerLine({ name: 'b' }, first.tag)), { tag: String, result: { name: 'b' } });
  t.match(JSON.parse(answerLine({ name: 'b' }, 'nonsense')), { result: { name: 'b' } });
});
