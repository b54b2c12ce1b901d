import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import {
  LINK_CLOSE_TIMEOUT_MS,
  MAX_ANONYMOUS_MESSAGES,
  MAX_PENDING_REQUESTS_PER_SESSION,
  MAX_TRACKER_SEND_QUEUE_BYTES,
  SESSION_MESSAGES_BURST,
  SESSION_PINGS_BURST,
} from '../../../src/net/limits.js';
import { TokenBucket } from '../../../src/net/token-bucket.js';
import { Session, type SessionOptions } from '../../../src/tracker/sessions/session.js';
import { FakeClock } from '../fake-clock.js';
import { FakeSocket } from '../fake-socket.js';
import { at } from '../../fixtures/incarnations.js';

const time = Buffer.of(7);
const news = { groupId: 'g', ...at(2), removedUsers: [] };

function scene(onRequest: SessionOptions['onRequest'] = async () => ({})) {
  const socket = new FakeSocket();
  const happened: string[] = [];
  const clock = new FakeClock();
  const session = new Session({
    socket: socket.asWebSocket(),
    deviceId: 'pc',
    address: '192.0.2.7',
    onRequest,
    onClosed: () => void happened.push('closed'),
    onLoginChanged: ({ login }) => void happened.push(`login ${login?.userId}`),
    onExcess: () => void happened.push('excess'),
    onUnforeseen: () => void happened.push('unforeseen'),
    clock,
  });
  const messages = new TokenBucket(1_000, 1, clock.steadyMs());
  const logIn = (): void => session.beginLogin({ userId: 'anna', tokenHash: 'hash' }, messages);
  return { socket, session, happened, clock, logIn };
}

const request = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params: {} }));

void t.test('requests are answered, pushes are sent', async (t) => {
  const { socket, session } = scene(async (_, method) => ({ method }));
  socket.emit('message', request, false);
  await setImmediate();
  t.match(JSON.parse(socket.texts.shift()!), { id: 1, result: { method: 'x' } });
  session.push('epoch', news);
  t.same(socket.takePushes(), [['epoch', news]]);
});

void t.test('whoever is told why it ends is told nothing afterwards', async (t) => {
  const { socket, session, happened } = scene();
  session.end('NOT_LOGGED_IN', 'log in again');
  session.push('epoch', news);
  t.same(socket.takePushes(), [
    ['sessionEnded', { code: 'NOT_LOGGED_IN', message: 'log in again' }],
  ]);
  t.equal(socket.closedWith, 1000);
  t.notOk(session.isOpen);
  socket.emit('close');
  session.goAway();
  t.same(happened, ['closed'], 'once, whatever comes after');
});

void t.test('a tracker that stops says so by the close code', async (t) => {
  const { socket, session } = scene();
  session.goAway();
  t.equal(socket.closedWith, 1001);
});

void t.test('a login that begins or ends is reported', async (t) => {
  const { session, happened, logIn } = scene();
  logIn();
  session.endLogin();
  t.same(happened, ['login anna', 'login undefined']);
});

void t.test('silence costs the connection, any sign of life keeps it', async (t) => {
  const { socket, session } = scene();
  for (const sign of ['pong', 'ping'] as const) {
    session.beat(time);
    socket.emit(sign);
  }
  t.equal(socket.pingCount, 0, 'who was heard is not asked');
  session.beat(time);
  t.equal(socket.pingCount, 1, 'but told the time, now and then');
  t.equal(socket.lastPing, time);
  session.beat(time);
  socket.emit('message', request, false);
  session.beat(time);
  t.equal(socket.pingCount, 2, 'one that was silent was asked');
  session.beat(time);
  session.beat(time);
  t.equal(socket.pingCount, 4);
  t.equal(socket.closedWith, undefined);
  session.beat(time);
  t.equal(socket.closedWith, 'terminated');
  t.equal(socket.pingCount, 4);
});

void t.test('bytes that are no text, a broken frame and a full queue end it', async (t) => {
  const binary = scene();
  binary.socket.emit('message', request, true);
  t.equal(binary.socket.closedWith, 1000);
  const broken = scene();
  broken.socket.emit('error', new Error('a frame without mask'));
  t.equal(broken.socket.closedWith, 'terminated');
  const slow = scene();
  slow.socket.bufferedAmount = MAX_TRACKER_SEND_QUEUE_BYTES + 1;
  slow.session.push('epoch', news);
  t.equal(slow.socket.closedWith, 'terminated');
  t.same(slow.socket.texts, []);
  for (const { happened } of [binary, broken, slow]) t.same(happened, ['closed']);
});

const malformed: readonly [string, string][] = [
  ['an open brace', '{'],
  ['nothing', ''],
  ['a number', '7'],
  ['a batch', '[]'],
  ['no version', '{"id":1,"method":"x"}'],
  ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":1}'],
  ['params that are no object', '{"jsonrpc":"2.0","id":1,"method":"x","params":1}'],
];

for (const [what, text] of malformed) {
  void t.test(`the first text that is no message ends it: ${what}`, async (t) => {
    const { socket, happened, clock } = scene();
    socket.emit('message', Buffer.from(text), false);
    t.match(JSON.parse(socket.texts[0]!), { error: {} }, 'it is told why');
    t.equal(socket.closedWith, 1008);
    t.ok(socket.isPaused, 'what follows is not read');
    socket.emit('message', Buffer.from(text), false);
    t.equal(socket.texts.length, 1);
    t.same(happened, ['excess', 'closed']);
    clock.advance(LINK_CLOSE_TIMEOUT_MS);
    t.equal(socket.readyState, 3, 'and cut when it does not answer the close');
    t.equal(clock.timerCount, 0);
  });
}

void t.test('without a login a connection says so much and no more', async (t) => {
  const { socket, happened, logIn, session } = scene();
  const say = (times: number): void => {
    for (let n = 0; n < times; n++) socket.emit('message', request, false);
  };
  say(MAX_ANONYMOUS_MESSAGES);
  t.equal(socket.closedWith, undefined);
  logIn();
  say(MAX_ANONYMOUS_MESSAGES + 1);
  session.endLogin();
  say(MAX_ANONYMOUS_MESSAGES);
  t.equal(socket.closedWith, undefined);
  say(1);
  t.equal(socket.closedWith, 1008);
  t.same(happened.at(-1), 'closed');
});

void t.test('who sends faster than they may waits and is not read meanwhile', async (t) => {
  let answered = 0;
  const { socket, clock, logIn } = scene(async () => ({ n: ++answered }));
  logIn();
  const say = (times: number): void => {
    for (let n = 0; n < times; n++) socket.emit('message', request, false);
  };
  say(SESSION_MESSAGES_BURST);
  t.notOk(socket.isPaused);
  // Those above MAX_PENDING_REQUESTS_PER_SESSION at a time are refused, as answers.
  await setImmediate();
  answered = 0;
  say(10);
  t.ok(socket.isPaused);
  await setImmediate();
  t.equal(answered, 0);
  clock.advance(50);
  await setImmediate();
  t.equal(answered, 5, 'a hundred a second');
  clock.advance(50);
  await setImmediate();
  t.equal(answered, 10);
  t.notOk(socket.isPaused);
  t.equal(socket.closedWith, undefined);
  t.equal(clock.timerCount, 0);
});

void t.test('who goes on although nobody listens is let go', async (t) => {
  const { socket, clock, logIn, happened } = scene();
  logIn();
  const most = SESSION_MESSAGES_BURST + MAX_PENDING_REQUESTS_PER_SESSION;
  for (let n = 0; n < most; n++) socket.emit('message', request, false);
  t.equal(socket.closedWith, undefined);
  socket.emit('message', request, false);
  t.equal(socket.closedWith, 1008);
  t.same(happened.slice(-2), ['excess', 'closed']);
  clock.advance(LINK_CLOSE_TIMEOUT_MS);
  t.equal(clock.timerCount, 0, 'what waited is forgotten');
});

for (const frame of ['ping', 'pong']) {
  void t.test(`a flood of frames that are no messages ends it: ${frame}`, async (t) => {
    const { socket, logIn } = scene();
    logIn();
    for (let n = 0; n < SESSION_PINGS_BURST; n++) socket.emit(frame);
    t.equal(socket.closedWith, undefined);
    socket.emit(frame);
    t.equal(socket.closedWith, 1008);
  });
}

void t.test('a fault in a callback ends this connection', async (t) => {
  const { socket, happened } = scene();
  socket.send = () => {
    throw new Error('no');
  };
  socket.emit('message', Buffer.from('{'), false);
  t.equal(socket.closedWith, 'terminated');
  t.same(happened, ['unforeseen', 'closed']);
});

void t.test('a client that ends its connection in order has taken its leave', async (t) => {
  const cases: readonly (readonly [string, code: number, endsHere: boolean, hasLeft: boolean])[] = [
    ['in order', 1000, false, true],
    ['without a word', 1006, false, false],
    ['sent away', 1000, true, false],
  ];
  for (const [what, code, endsHere, hasLeft] of cases) {
    const { socket, session } = scene();
    if (endsHere) session.end('NOT_LOGGED_IN', 'log in again');
    socket.emit('close', code);
    t.equal(session.hasTakenLeave, hasLeft, what);
  }
});
