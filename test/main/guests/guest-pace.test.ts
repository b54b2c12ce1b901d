import t from 'tap';
import { GuestPace } from '../../../src/main/guests/guest-pace.js';
import {
  GUEST_NOTES_BURST,
  GUEST_NOTES_OF_LINK_BURST,
  GUEST_NOTES_OF_LINK_INTERVAL_MS,
  GUEST_NOTES_OF_NETWORK_BURST,
  GUEST_NOTES_OF_NETWORK_INTERVAL_MS,
} from '../../../src/net/limits.js';

function scene() {
  const clock = { nowMs: 0 };
  return { clock, pace: new GuestPace(() => clock.nowMs) };
}

/** How many of these many are let in. */
function count(most: number, take: (index: number) => boolean): number {
  return Array.from({ length: most }, (_, index) => take(index)).filter(Boolean).length;
}

t.test('one guest uses up a share, by whatever links, and others go on', (t) => {
  const { clock, pace } = scene();
  t.equal(
    count(GUEST_NOTES_BURST, (index) => pace.take(`link ${index}`, 'loud')),
    GUEST_NOTES_OF_NETWORK_BURST,
  );
  t.equal(pace.take('link 0', 'quiet'), true);
  clock.nowMs += GUEST_NOTES_OF_NETWORK_INTERVAL_MS;
  t.equal(
    count(3, () => pace.take('link 0', 'loud')),
    1,
  );
  t.end();
});

t.test('one link uses up a share, and the others of its maker go on', (t) => {
  const { clock, pace } = scene();
  t.equal(
    count(GUEST_NOTES_BURST, (index) => pace.take('popular', `network ${index}`)),
    GUEST_NOTES_OF_LINK_BURST,
  );
  const late = `network ${GUEST_NOTES_BURST}`;
  t.equal(pace.take('popular', late), false);
  const own = count(GUEST_NOTES_BURST, () => pace.take('other', late));
  t.equal(own, GUEST_NOTES_OF_NETWORK_BURST, 'what was refused has cost the guest nothing');
  clock.nowMs += GUEST_NOTES_OF_LINK_INTERVAL_MS;
  t.equal(
    count(3, (index) => pace.take('popular', `later ${index}`)),
    1,
  );
  t.end();
});

t.test('what did not count is given back to both', (t) => {
  const { pace } = scene();
  for (let index = 0; index < 2 * GUEST_NOTES_OF_LINK_BURST; index++) {
    t.equal(pace.take('link', 'network'), true);
    pace.giveBack('link', 'network');
  }
  t.end();
});
