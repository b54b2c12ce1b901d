import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { MAX_TRACKER_SEND_QUEUE_BYTES } from '../../../src/net/limits.js';
import { Session, type SessionOptions } from '../../../src/tracker/sessions/session.js';
import { FakeSocket } from '../fake-socket.js';
import { at } from '../../fixtures/incarnations.js';

const news = { groupId: 'g', ...at(2), removedUsers: [] };

function scene(onRequest: SessionOptions['onRequest'] = async () => ({})) {
  const socket = new FakeSocket();
  const happened: string[] = [];
  const session = new Session({
    socket: socket.asWebSocket(),
    deviceId: 'pc',
    address: '192.0.2.7',
    onRequest,
    onClosed: () => void happened.push('closed'),
    onLoginChanged: ({ login }) => void happened.push(`login ${login?.userId}`),
    onUnforeseen: () => void happened.push('unforeseen'),
  });
  return { socket, session, happened };
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
  const { session, happened } = scene();
  session.login = { userId: 'anna', tokenHash: 'hash' };
  session.login = undefined;
  t.same(happened, ['login anna', 'login undefined']);
});

void t.test('silence costs the connection, any sign of life keeps it', async (t) => {
  const { socket, session } = scene();
  for (let n = 0; n < 4; n++) {
    session.ping();
    socket.emit('pong');
  }
  session.ping();
  socket.emit('message', request, false);
  session.ping();
  session.ping();
  t.equal(socket.pingCount, 7);
  t.equal(socket.closedWith, undefined);
  session.ping();
  t.equal(socket.closedWith, 'terminated');
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
