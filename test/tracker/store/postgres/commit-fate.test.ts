import t from 'tap';
import { COMMIT_FATE_WAIT_MS } from '../../../../src/net/limits.js';
import { CommitFate } from '../../../../src/tracker/store/postgres/commit-fate.js';
import type { Connection } from '../../../../src/tracker/store/postgres/connection.js';

/** A server that answers so, one after the other; the last answer again and again. */
function scene(answers: readonly (string | null | Error)[]) {
  let asked = 0;
  let nowMs = 0;
  const query = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return { rows: [{ status: answer }], command: 'SELECT', rowCount: 1 };
  };
  const fate = new CommitFate({
    session: async () => ({ connection: { query } as unknown as Connection }),
    pause: async (ms) => void (nowMs += ms),
    steadyMs: () => nowMs,
  });
  return { fate, asked: () => asked, nowMs: () => nowMs };
}

void t.test('the server is asked until it knows', async (t) => {
  const away = new Error('away');
  t.equal(await scene(['committed']).fate.of('7'), 'committed');
  t.equal(await scene(['aborted']).fate.of('7'), 'undone');
  const late = scene([away, away, 'in progress', 'committed']);
  t.equal(await late.fate.of('7'), 'committed');
  t.equal(late.asked(), 4);
});

void t.test(
  'a server that does not know any more, or never answers, leaves it unknown',
  async (t) => {
    for (const answer of [null, new Error('away'), 'in progress']) {
      const { fate, nowMs } = scene([answer]);
      t.equal(await fate.of('7'), 'unknown');
      t.equal(nowMs(), COMMIT_FATE_WAIT_MS);
    }
  },
);
