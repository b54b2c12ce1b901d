import t from 'tap';
import { GuestAttempts } from '../../../src/main/gateway/guest-attempts.js';
import {
  GUEST_MISS_INTERVAL_MS,
  GUEST_MISSES_BURST,
  GUEST_PASSWORDS_BURST,
  MAX_GUEST_MISS_ENTRIES,
} from '../../../src/net/limits.js';

function scene() {
  const clock = { nowMs: 0 };
  return { clock, attempts: new GuestAttempts(() => clock.nowMs) };
}

t.test('a network that is wrong often waits, and no other', (t) => {
  const { clock, attempts } = scene();
  for (let miss = 0; miss < GUEST_MISSES_BURST; miss++) t.equal(attempts.miss('a'), true);
  t.equal(attempts.miss('a'), false);
  t.equal(attempts.miss('b'), true);
  t.equal(attempts.beginPassword('link', 'a'), true, 'passwords are counted apart');
  clock.nowMs += GUEST_MISS_INTERVAL_MS;
  t.equal(attempts.miss('a'), true);
  t.equal(attempts.miss('a'), false);
  t.end();
});

t.test('passwords of a network are bounded, and cost no other link anything', (t) => {
  const { attempts } = scene();
  for (let guess = 0; guess < GUEST_MISSES_BURST; guess++) {
    t.equal(attempts.beginPassword('link', 'a'), true);
  }
  for (let guess = 0; guess < GUEST_PASSWORDS_BURST; guess++) {
    t.equal(attempts.beginPassword('other', 'a'), false);
  }
  t.equal(attempts.beginPassword('other', 'b'), true);
  t.end();
});

t.test('passwords of a link are bounded wherever they come from; right ones cost nothing', (t) => {
  const { attempts } = scene();
  for (let guess = 0; guess < GUEST_PASSWORDS_BURST; guess++) {
    t.equal(attempts.beginPassword('link', `network ${guess}`), true);
  }
  t.equal(attempts.beginPassword('link', 'home'), false);
  for (let guest = 0; guest < 2 * GUEST_PASSWORDS_BURST; guest++) {
    t.equal(attempts.beginPassword('link', 'home'), false, 'what is not looked at costs nothing');
    t.equal(attempts.beginPassword('other', 'home'), true);
    attempts.forgetPassword('other', 'home');
  }
  t.end();
});

t.test('what is known of networks is bounded', (t) => {
  const { attempts } = scene();
  for (let miss = 0; miss < GUEST_MISSES_BURST; miss++) attempts.miss('first');
  t.equal(attempts.miss('first'), false);
  for (let other = 0; other < MAX_GUEST_MISS_ENTRIES; other++) attempts.miss(`other ${other}`);
  t.equal(attempts.miss('first'), true, 'the one of long ago is forgotten');
  t.end();
});
