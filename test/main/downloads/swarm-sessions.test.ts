/** The swarm and its sessions, in orders drawn by chance; the campaign plays many more. */
import t from 'tap';
import { playPeerOrder } from '../../fixtures/peer-orders.js';

t.test(
  'no order of what peers send is taken for a bug, and an honest peer completes',
  async (t) => {
    for (let seed = 0; seed < 3_000; seed++) {
      await playPeerOrder(seed).catch((error: unknown) => t.fail(`seed ${seed}: ${String(error)}`));
    }
    t.pass('3,000 orders');
  },
);
