/** How long a session waits for its next answer, alone and with a server that falls silent. */
import t from 'tap';
import { DATABASE_ANSWER_TIMEOUT_MS } from '../../../../src/net/limits.js';
import { AnswerWatch } from '../../../../src/tracker/store/postgres/answer-watch.js';
import { Connection } from '../../../../src/tracker/store/postgres/connection.js';
import { PostgresCable } from '../../../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../../../fixtures/postgres-server.js';
import { FakeClock } from '../../fake-clock.js';

void t.test('the time of an answer begins when the one before it has come', async (t) => {
  const clock = new FakeClock();
  let late = 0;
  const watch = new AnswerWatch(clock.delay, () => late++);
  for (let n = 0; n < 3; n++) watch.onAsked();
  for (let n = 0; n < 2; n++) {
    clock.advance(DATABASE_ANSWER_TIMEOUT_MS - 1);
    watch.onAnswered();
  }
  t.equal(late, 0, 'though the last one has waited for longer than that');
  clock.advance(DATABASE_ANSWER_TIMEOUT_MS);
  t.equal(late, 1);
  watch.onAnswered();
  t.equal(clock.timerCount, 0, 'nothing is waited for');
  watch.onAsked();
  clock.advance(DATABASE_ANSWER_TIMEOUT_MS);
  t.equal(late, 2);
});

const missing = noPostgres();
if (missing === undefined) {
  void t.test(
    'a session whose answers do not come any more is lost, with all of them',
    async (t) => {
      const server = await PostgresServer.start(t);
      const cable = await PostgresCable.lay(t, await server.createDatabase());
      const clock = new FakeClock();
      let gone = 0;
      const connection = await Connection.open(cable.url, () => void gone++, clock.delay);
      t.teardown(() => connection.close());
      await connection.run('SELECT 1');
      t.equal(clock.timerCount, 0);
      cable.fallSilent();
      const asked = [connection.run('SELECT 1'), connection.query('SELECT 2')].map((one) =>
        t.rejects(one, { message: /no answer has come/ }),
      );
      clock.advance(DATABASE_ANSWER_TIMEOUT_MS);
      await Promise.all(asked);
      t.equal(connection.isOpen, false);
      t.equal(gone, 1);
    },
  );
}
