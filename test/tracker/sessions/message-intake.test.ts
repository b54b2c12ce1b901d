/** The pace of a client's messages, with a number for a clock. */
import t from 'tap';
import {
  MAX_ANONYMOUS_MESSAGES,
  MAX_PENDING_REQUESTS_PER_SESSION,
  SESSION_MESSAGES_BURST,
  SESSION_MESSAGES_PER_SECOND,
  SESSION_PINGS_BURST,
} from '../../../src/net/limits.js';
import { TokenBucket } from '../../../src/net/token-bucket.js';
import { MessageIntake } from '../../../src/tracker/sessions/message-intake.js';

/** The intake under test, and what it did; somebody is logged in unless `isAnonymous`. */
function scene({ isAnonymous = false } = {}) {
  let nowMs = 0;
  const due: { readonly atMs: number; readonly work: () => void }[] = [];
  const received: string[] = [];
  const reading: string[] = [];
  const ended = { count: 0 };
  const intake = new MessageIntake({
    clock: {
      steadyMs: () => nowMs,
      delay: (work, waitMs) => {
        const timer = { atMs: nowMs + waitMs, work };
        due.push(timer);
        return () => due.splice(due.indexOf(timer), 1);
      },
    },
    receive: (text) => received.push(text),
    pause: () => reading.push('pause'),
    resume: () => reading.push('resume'),
    onExcess: () => ended.count++,
  });
  if (!isAnonymous) intake.onLoginChanged(new TokenBucket(10_000, 10_000, 0));
  const pass = (ms: number): void => {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      due.splice(due.indexOf(next), 1);
      nowMs = Math.max(nowMs, next.atMs);
      next.work();
    }
    nowMs = untilMs;
  };
  const send = (count: number): void => {
    for (; count > 0; count--) intake.push('message');
  };
  return { intake, received, reading, ended, pass, send };
}

t.test('a burst goes through at once, then the socket is read at the rate', async (t) => {
  const { received, reading, ended, pass, send } = scene();
  send(SESSION_MESSAGES_BURST + 10);
  t.equal(received.length, SESSION_MESSAGES_BURST);
  t.same(reading, ['pause']);
  pass(1_000);
  t.equal(received.length, SESSION_MESSAGES_BURST + 10);
  t.same(reading, ['pause', 'resume']);
  t.equal(ended.count, 0);
});

t.test('a client that sends at full pace answers pings all the same', async (t) => {
  const { intake, received, ended, pass, send } = scene();
  send(SESSION_MESSAGES_BURST + 1);
  for (let second = 0; second < 100; second++) {
    if (second % 20 === 0) intake.pushControl();
    pass(1_000);
    send(SESSION_MESSAGES_PER_SECOND);
  }
  t.equal(ended.count, 0);
  t.ok(received.length > 100 * (SESSION_MESSAGES_PER_SECOND - 1));
});

t.test('what is too much ends the connection, once', async (t) => {
  const cases: [
    name: string,
    isAnonymous: boolean,
    excess: (one: ReturnType<typeof scene>) => void,
  ][] = [
    [
      'pings',
      false,
      ({ intake }) => {
        for (let n = 0; n <= SESSION_PINGS_BURST; n++) intake.pushControl();
      },
    ],
    [
      'messages that nobody reads',
      false,
      ({ send }) => send(SESSION_MESSAGES_BURST + MAX_PENDING_REQUESTS_PER_SESSION + 1),
    ],
    ['words before a login', true, ({ send }) => send(MAX_ANONYMOUS_MESSAGES + 1)],
  ];
  for (const [name, isAnonymous, excess] of cases) {
    await t.test(name, async (t) => {
      const one = scene({ isAnonymous });
      excess(one);
      t.equal(one.ended.count, 1);
      const count = one.received.length;
      one.send(5);
      one.intake.pushControl();
      one.pass(10_000);
      t.equal(one.received.length, count);
      t.equal(one.ended.count, 1);
    });
  }
});
