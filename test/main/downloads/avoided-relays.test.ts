/** Which relays are passed over, and for how long. */
import t from 'tap';
import { MAX_AVOIDED_RELAYS, RELAY_AVOIDED_MS } from '../../../src/net/limits.js';
import { AvoidedRelays } from '../../../src/main/downloads/avoided-relays.js';

t.test('a relay at fault is passed over for a while', (t) => {
  let nowMs = 0;
  const avoided = new AvoidedRelays(() => nowMs);
  avoided.onFault('a');
  nowMs = 10;
  avoided.onFault('b');
  t.same(avoided.with(['c', 'a']), ['c', 'a', 'b']);
  nowMs = RELAY_AVOIDED_MS;
  t.same(avoided.with([]), ['b']);
  avoided.forgive();
  t.same(avoided.with([]), []);
  t.end();
});

t.test('no more are passed over than may be said', (t) => {
  const avoided = new AvoidedRelays(() => 0);
  for (let n = 0; n < 2 * MAX_AVOIDED_RELAYS; n++) avoided.onFault(`relay ${n}`);
  const first = `relay ${MAX_AVOIDED_RELAYS}`;
  t.match(avoided.with([]), { length: MAX_AVOIDED_RELAYS, 0: first });
  t.match(avoided.with(['used']), { length: MAX_AVOIDED_RELAYS, 0: 'used' });
  t.end();
});
