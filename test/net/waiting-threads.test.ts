/** How many threads of libuv there are, and what of them syncs may take. */
import t from 'tap';
import {
  MAX_SMALL_FILE_SYNCS,
  MAX_SYNCS_AT_A_TIME,
  WAITING_THREADS,
} from '../../src/net/limits.js';
import { askForWaitingThreads, syncShares } from '../../src/net/waiting-threads.js';

t.test('who has said how many there are is heard', (t) => {
  const environment: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: '7' };
  askForWaitingThreads(environment);
  t.equal(environment['UV_THREADPOOL_SIZE'], '7');
  const other: NodeJS.ProcessEnv = {};
  askForWaitingThreads(other);
  t.equal(other['UV_THREADPOOL_SIZE'], String(WAITING_THREADS));
  t.end();
});

t.test('syncs leave some of them to other work, and the usual few bear what they bore', (t) => {
  const sharesOf = (size?: string) => syncShares({ ...(size && { UV_THREADPOOL_SIZE: size }) });
  t.same(sharesOf(), { main: 3, smallFiles: 4 });
  t.same(sharesOf('4'), sharesOf());
  t.same(sharesOf('no number'), sharesOf());
  t.same(sharesOf('1'), sharesOf());
  const full = { main: MAX_SYNCS_AT_A_TIME, smallFiles: MAX_SMALL_FILE_SYNCS };
  t.same(sharesOf(String(WAITING_THREADS)), full);
  t.same(sharesOf('1000'), full);
  t.ok(full.main + full.smallFiles < WAITING_THREADS);
  t.end();
});
