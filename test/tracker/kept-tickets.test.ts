import t from 'tap';
import { MAX_KEPT_TICKETS } from '../../src/net/limits.js';
import { KeptTickets } from '../../src/tracker/kept-tickets.js';

const ticket = { ticket: 'AA==', epoch: 1, expiresAtMs: 1, lanKey: 'AA==' };

void t.test('what was kept is found, and there is a bound to it', (t) => {
  const kept = new KeptTickets();
  t.equal(kept.find('anna'), undefined);
  for (let n = 0; n < 3 * MAX_KEPT_TICKETS; n++) {
    kept.keep(`${n}`, { ...ticket, epoch: n });
    if (n > 0 && kept.find(`${n - 1}`)?.epoch !== n - 1) t.fail(`${n - 1} is not kept`);
  }
  t.ok(kept.size <= MAX_KEPT_TICKETS, `${kept.size} tickets`);
  t.equal(kept.find('0'), undefined);
  t.end();
});
