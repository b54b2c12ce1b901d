import t from 'tap';
import {
  MAX_SEARCH_PACE_ENTRIES,
  SEARCH_BURST_MS,
  SEARCH_CALL_MS,
  SEARCH_MS_PER_SECOND,
} from '../../src/net/limits.js';
import { SearchPace } from '../../src/tracker/search-pace.js';

/** How many calls may begin at once, of so many more than any may. */
function begunAtOnce(pace: SearchPace): number {
  const most = 2 * (SEARCH_BURST_MS / SEARCH_CALL_MS);
  for (let begun = 0; begun < most; begun++) {
    try {
      pace.begin('anna');
    } catch {
      return begun;
    }
  }
  return most;
}

t.test('who has used up the time waits until it has come back, and nobody else does', (t) => {
  let nowMs = 0;
  const pace = new SearchPace(() => nowMs);
  pace.begin('anna');
  pace.end('anna', SEARCH_BURST_MS - 1);
  pace.begin('anna');
  pace.end('anna', 1 + SEARCH_MS_PER_SECOND);
  t.throws(() => pace.begin('anna'), { code: 'LIMIT_REACHED', message: /try again in 2 s$/ });
  pace.begin('ben');
  nowMs += 1_000;
  t.throws(() => pace.begin('anna'), { code: 'LIMIT_REACHED' });
  nowMs += 5;
  pace.begin('anna');
  t.end();
});

t.test('calls at once have no more time than calls in a row', (t) => {
  const pace = new SearchPace(() => 0);
  t.equal(begunAtOnce(pace), SEARCH_BURST_MS / SEARCH_CALL_MS);
  pace.end('anna', 0);
  t.equal(begunAtOnce(pace), 1, 'one that failed keeps what it was charged');
  t.end();
});

t.test('what a call gets back is never more than it was charged', (t) => {
  let nowMs = 0;
  const pace = new SearchPace(() => nowMs);
  pace.begin('anna');
  nowMs += 60_000;
  pace.end('anna', 0);
  t.equal(begunAtOnce(pace), SEARCH_BURST_MS / SEARCH_CALL_MS);
  pace.end('nobody', 0);
  t.end();
});

t.test('of too many users the one that searched longest ago is forgotten', (t) => {
  const pace = new SearchPace(() => 0);
  for (let n = 0; n <= MAX_SEARCH_PACE_ENTRIES; n++) {
    pace.begin(`user ${n}`);
    pace.end(`user ${n}`, SEARCH_BURST_MS);
  }
  t.throws(() => pace.begin('user 1'), { code: 'LIMIT_REACHED' });
  pace.begin('user 0');
  t.end();
});
