import t from 'tap';
import { reconnectDelayMs } from '../../../src/main/tracker-link/reconnect-delay.js';
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from '../../../src/net/limits.js';

t.test('the wait doubles up to its bound, and half of it is random', async (t) => {
  t.equal(reconnectDelayMs(0, 0), RECONNECT_MIN_MS / 2);
  t.equal(reconnectDelayMs(0, 1), RECONNECT_MIN_MS);
  t.equal(reconnectDelayMs(2, 1), RECONNECT_MIN_MS * 4);
  t.equal(reconnectDelayMs(2, 0.5), RECONNECT_MIN_MS * 3);
  t.equal(reconnectDelayMs(30, 1), RECONNECT_MAX_MS);
  t.equal(reconnectDelayMs(5000, 0), RECONNECT_MAX_MS / 2);
});
