/** Who answers a question, by what was said of it. */
import t from 'tap';
import { confirming } from '../../../src/main/cli/confirmation.js';
import { UsageError } from '../../../src/net/errors.js';

t.test('yes goes before all, and says that nothing has to be drawn', async (t) => {
  const no = (): Promise<boolean> => Promise.resolve(false);
  const { confirm, isYes } = confirming({ isYes: true, asksNobody: true }, no);
  t.equal(isYes, true);
  t.equal(await confirm?.('Leave it?'), true);
});

t.test('nobody is asked who may not be, whoever sits there', async (t) => {
  const ask = (): Promise<boolean> => Promise.resolve(true);
  for (const there of [ask, undefined]) {
    const { confirm } = confirming({ isYes: false, asksNobody: true }, there);
    await t.rejects(async () => confirm?.('Leave it?'), UsageError);
  }
});

t.test('else whoever sits there is asked', async (t) => {
  const { confirm } = confirming({ isYes: false }, (question) =>
    Promise.resolve(question === 'Leave it?'),
  );
  t.equal(await confirm?.('Leave it?'), true);
  t.equal(await confirm?.('Go?'), false);
  t.same(confirming({ isYes: false }, undefined), {});
});
