import t from 'tap';
import { RelayedTraffic } from '../../../src/main/sharing/relayed-traffic.js';

t.test('what was relayed is counted over every start of the listeners', (t) => {
  const traffic = new RelayedTraffic();
  traffic.onTold({ meetings: 2, bytes: 100 });
  traffic.onTold({ meetings: 1, bytes: 150 });
  t.same(traffic.counts, { meetings: 1, bytes: 150 });
  traffic.onEnded();
  traffic.onTold({ meetings: 1, bytes: 7 });
  t.same(traffic.counts, { meetings: 1, bytes: 157 });
  t.end();
});
