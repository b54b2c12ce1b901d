import t from 'tap';
import {
  MAX_SEARCH_PACE_ENTRIES,
  SEARCH_BURST_MS,
  SEARCH_MS_PER_SECOND,
} from '../../src/net/limits.js';
import { SearchPace } from '../../src/tracker/search-pace.js';

t.test('who has used up the time waits until it has come back, and nobody else does', (t) => {
  let nowMs = 0;
  const pace = new SearchPace(() => nowMs);
  pace.begin('anna');
  pace.spend('anna', SEARCH_BURST_MS - 1);
  pace.begin('anna');
  pace.spend('anna', 1 + SEARCH_MS_PER_SECOND);
  t.throws(() => pace.begin('anna'), { code: 'LIMIT_REACHED', message: /try again in 2 s$/ });
  pace.begin('ben');
  nowMs += 1_000;
  t.throws(() => pace.begin('anna'), { code: 'LIMIT_REACHED' });
  nowMs += 5;
  pace.begin('anna');
  t.end();
});

t.test('of too many users the one that searched longest ago is forgotten', (t) => {
  const pace = new SearchPace(() => 0);
  for (let n = 0; n <= MAX_SEARCH_PACE_ENTRIES; n++) pace.spend(`user ${n}`, SEARCH_BURST_MS);
  pace.begin('user 0');
  t.throws(() => pace.begin('user 1'), { code: 'LIMIT_REACHED' });
  t.end();
});
