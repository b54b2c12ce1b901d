import t from 'tap';
import { TcpWindow } from './send-window.js';

t.test('it doubles with each round trip until a loss halves it', async (t) => {
  let isLost = false;
  const window = new TcpWindow(() => isLost);
  const first = window.bytes;
  window.onAcknowledged(first);
  t.equal(window.bytes, 2 * first);
  isLost = true;
  window.onAcknowledged(1_000);
  t.equal(window.bytes, first);
  isLost = false;
  window.onAcknowledged(first);
  t.ok(window.bytes > first && window.bytes < 1.2 * first, 'and by a segment from then on');
});
