import t from 'tap';
import { RelayedTraffic } from '../../../src/main/sharing/relayed-traffic.js';

t.test('what was relayed is counted over every start of the listeners', (t) => {
  const traffic = new RelayedTraffic();
  const first = traffic.begin();
  first({ meetings: 2, bytes: 100 });
  first({ meetings: 1, bytes: 150 });
  t.same(traffic.counts, { meetings: 1, bytes: 150 });
  traffic.onEnded();
  t.same(traffic.counts, { meetings: 0, bytes: 150 });
  traffic.begin()({ meetings: 1, bytes: 7 });
  t.same(traffic.counts, { meetings: 1, bytes: 157 });
  t.end();
});

t.test('the last word of listeners that have ended counts, once', (t) => {
  const traffic = new RelayedTraffic();
  const first = traffic.begin();
  first({ meetings: 1, bytes: 100 });
  traffic.onEnded();
  first({ meetings: 1, bytes: 130 });
  t.same(traffic.counts, { meetings: 0, bytes: 130 });
  const second = traffic.begin();
  second({ meetings: 2, bytes: 10 });
  first({ meetings: 0, bytes: 140 });
  second({ meetings: 3, bytes: 20 });
  t.same(traffic.counts, { meetings: 3, bytes: 160 });
  t.end();
});
