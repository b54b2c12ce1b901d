/** What is ordered before a file is open. */
import t from 'tap';
import { EarlyOrders } from '../../../src/main/downloads/early-orders.js';

t.test('the next connection is told what was ordered, and not taken back or given back', (t) => {
  const orders = new EarlyOrders();
  orders.onOrder({ type: 'fetch', pieces: [1, 2, 3, 4] });
  orders.onOrder({ type: 'cancel', pieces: [2, 9] });
  orders.onOrder({ type: 'ticket', ticket: new Uint8Array(1) });
  t.same(orders.onReturned([3, 8]), [3], 'what was never ordered is no news');
  t.same(orders.pieces, [1, 4]);
  t.same(orders.takeCancelled(), [2]);
  t.same(orders.takeCancelled(), []);
  t.end();
});

t.test('what was taken back is answered once', (t) => {
  const orders = new EarlyOrders();
  orders.onOrder({ type: 'fetch', pieces: [1] });
  orders.onOrder({ type: 'cancel', pieces: [1] });
  t.same(orders.onReturned([1]), [1]);
  t.same(orders.onReturned([1]), []);
  t.same(orders.takeCancelled(), []);
  t.end();
});

t.test('what is answered for good is ordered of no other connection', (t) => {
  const orders = new EarlyOrders();
  orders.onOrder({ type: 'fetch', pieces: [1, 2, 3] });
  orders.onOrder({ type: 'cancel', pieces: [2] });
  orders.onAnswer({ type: 'verified', pieces: [1, 2, 9] });
  orders.onAnswer({ type: 'bad', piece: 3 });
  t.same(orders.pieces, []);
  t.same(orders.takeCancelled(), []);
  t.end();
});
