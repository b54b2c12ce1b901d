import t from 'tap';
import {
  HANDSHAKE_QUICK_MS,
  HANDSHAKE_SLOW_MS,
  LEAST_HANDSHAKES_AT_A_TIME,
  MAX_ANONYMOUS_CONNECTIONS,
} from '../../../src/net/limits.js';
import { HandshakeWindow } from '../../../src/tracker/sessions/handshake-window.js';

/** Begins handshakes of one network each until there is no room; answers them. */
function fill(window: HandshakeWindow<string>, name: string, nowMs: number): string[] {
  const begun: string[] = [];
  while (!window.isFull(nowMs)) {
    const one = `${name}${begun.length}`;
    window.begin(one, one, nowMs);
    begun.push(one);
  }
  return begun;
}

t.test('quick ones make room for more, up to the bound', async (t) => {
  const window = new HandshakeWindow<string>();
  let nowMs = 0;
  let last = 0;
  for (let n = 0; n < 12; n++) {
    const begun = fill(window, `round ${n}, `, nowMs);
    t.equal(begun.length, Math.min(MAX_ANONYMOUS_CONNECTIONS, LEAST_HANDSHAKES_AT_A_TIME * 2 ** n));
    nowMs += HANDSHAKE_QUICK_MS;
    for (const one of begun) window.done(one, nowMs);
    last = begun.length;
  }
  t.equal(last, MAX_ANONYMOUS_CONNECTIONS);
});

t.test('slow ones leave room for fewer, others change nothing', async (t) => {
  const window = new HandshakeWindow<string>();
  for (const one of fill(window, 'a', 0)) window.done(one, 0);
  const middling = fill(window, 'b', 0);
  t.equal(middling.length, 2 * LEAST_HANDSHAKES_AT_A_TIME);
  for (const one of middling) window.done(one, (HANDSHAKE_QUICK_MS + HANDSHAKE_SLOW_MS) / 2);
  const slow = fill(window, 'c', 5_000);
  t.equal(slow.length, middling.length);
  window.done(slow[0]!, 5_000 + HANDSHAKE_SLOW_MS);
  const fewer = fill(window, 'fewer ', 5_000 + HANDSHAKE_SLOW_MS);
  t.equal(fewer.length, (slow.length * 15) / 16, 'a part of the room is gone with it');
  for (const one of slow) window.done(one, 5_000 + HANDSHAKE_SLOW_MS);
  t.equal(fill(window, 'd', 10_000).length, LEAST_HANDSHAKES_AT_A_TIME);
});

const LATE_MS = HANDSHAKE_QUICK_MS + 1;

t.test('one that is not quick is left out, and what never ends takes no room away', async (t) => {
  const window = new HandshakeWindow<string>();
  for (const one of fill(window, 'quick ', 0)) window.done(one, 0);
  const room = 2 * LEAST_HANDSHAKES_AT_A_TIME;
  const first = fill(window, 'a', 0);
  t.equal(first.length, room);
  t.ok(window.isFull(HANDSHAKE_QUICK_MS));
  for (let n = 1; n < 20; n++) t.equal(fill(window, `${n}, `, n * LATE_MS).length, room);
  for (const one of first) window.remove(one);
  t.ok(window.isFull(19 * LATE_MS), 'their end changes nothing');
});

t.test('one that was left out and is done yet tells that the pace is slow', async (t) => {
  const window = new HandshakeWindow<string>();
  for (const one of fill(window, 'quick ', 0)) window.done(one, 0);
  const slow = fill(window, 'a', 0);
  t.notOk(window.isFull(LATE_MS));
  for (const one of slow) window.done(one, HANDSHAKE_SLOW_MS);
  t.equal(fill(window, 'b', HANDSHAKE_SLOW_MS).length, LEAST_HANDSHAKES_AT_A_TIME);
});

t.test('a network that fills it keeps no other out', async (t) => {
  const window = new HandshakeWindow<string>();
  for (let n = 0; n < LEAST_HANDSHAKES_AT_A_TIME; n++) window.begin('greedy', `greedy ${n}`, 0);
  t.notOk(window.hasRoom('greedy'));
  const others = fill(window, 'other ', 0);
  t.equal(others.length, LEAST_HANDSHAKES_AT_A_TIME - 1, 'all but one place');
  t.notOk(window.hasRoom('other 0'));
  window.remove('other 0');
  t.ok(window.hasRoom('greedy'));
});
