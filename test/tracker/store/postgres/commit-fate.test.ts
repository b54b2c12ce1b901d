import t from 'tap';
import { COMMIT_FATE_WAIT_MS } from '../../../../src/net/limits.js';
import { CommitFate } from '../../../../src/tracker/store/postgres/commit-fate.js';
import type { WorkSession } from '../../../../src/tracker/store/postgres/work-session.js';

/** Whether the mark is there, or that nobody answers. */
type Answer = boolean | Error;

/** A server that answers so, one after the other; the last answer again and again. */
function scene(answers: readonly Answer[]) {
  let asked = 0;
  let nowMs = 0;
  let untold = 0;
  const query = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return { rows: answer ? [{}] : [], command: 'SELECT', rowCount: 1 };
  };
  const fate = new CommitFate({
    session: async () => ({ connection: { query } }) as unknown as WorkSession,
    onUntoldChanges: () => void untold++,
    pause: async (ms) => void (nowMs += ms),
    steadyMs: () => nowMs,
  });
  return { fate, asked: () => asked, nowMs: () => nowMs, untold: () => untold };
}

const away = new Error('away');

void t.test('the server is asked until it answers', async (t) => {
  t.equal(await scene([true]).fate.of('m'), 'committed');
  t.equal(await scene([false]).fate.of('m'), 'undone');
  const late = scene([away, away, true]);
  t.equal(await late.fate.of('m'), 'committed');
  t.equal(late.asked(), 3);
  await late.fate.session();
  t.equal(late.asked(), 3, 'once it is known');
  t.equal(late.untold(), 0);
});

void t.test('what nobody knew is found out before anything else is done', async (t) => {
  for (const isCommitted of [true, false]) {
    let answer: Answer = away;
    const { fate, nowMs, untold } = scene(
      new Proxy([away] as Answer[], { get: (list, key) => (key === '0' ? answer : list.length) }),
    );
    t.equal(await fate.of('m'), 'unknown');
    t.equal(nowMs(), COMMIT_FATE_WAIT_MS);
    await t.rejects(fate.session(), away);
    answer = isCommitted;
    await fate.session();
    await fate.session();
    t.equal(untold(), isCommitted ? 1 : 0);
  }
});
