/** The time on tickets, while the machine's clock is set. */
import t from 'tap';
import { startTicketTime } from '../../src/tracker/ticket-time.js';

t.test('it starts as the machine says, and is not set with it', (t) => {
  const clock = { wallMs: 5_000_000, upMs: 300 };
  const ticketMs = startTicketTime({ nowMs: () => clock.wallMs, uptimeMs: () => clock.upMs });
  t.equal(ticketMs(), 5_000_000);
  clock.upMs += 1_000;
  clock.wallMs += 1_000 + 3_600_000;
  t.equal(ticketMs(), 5_001_000, 'an hour forward is none');
  clock.wallMs -= 10 * 86_400_000;
  clock.upMs += 10.4;
  t.equal(ticketMs(), 5_001_010, 'whole milliseconds, for a ticket holds no others');
  t.end();
});
