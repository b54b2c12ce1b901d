import t from 'tap';
import { MAX_SESSIONS_PER_USER } from '../../src/net/limits.js';
import { beginLogin, endLogin, sendAllBack } from '../../src/tracker/online.js';
import { openScene } from './tracker-scene.js';
import { at } from '../fixtures/incarnations.js';

const news = { groupId: 'g', ...at(7), removedUsers: [] };
const login = { userId: 'ben', tokenHash: 'token of ben' };

void t.test('a login makes a session the user’s, one that is gone stays nobody’s', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  beginLogin(scene.context, client.session, login, ['g']);
  t.same(client.session.login, login);
  scene.context.sessions.pushToGroup('g', 'epoch', news);
  t.same(scene.takePushes(client), [[['epoch', news]]]);
  const gone = scene.connect('phone');
  gone.socket.emit('close');
  beginLogin(scene.context, gone.session, login, ['g']);
  t.equal(gone.session.login, undefined);
  t.equal(scene.context.sessions.count, 1);
});

void t.test('one login too many at the same moment is ended', async (t) => {
  const scene = await openScene(t);
  const clients = Array.from({ length: MAX_SESSIONS_PER_USER + 1 }, () => scene.connect('pc'));
  for (const { session } of clients) beginLogin(scene.context, session, login, []);
  t.equal(scene.context.sessions.count, MAX_SESSIONS_PER_USER);
  const last = clients.at(-1)!;
  t.match(scene.takePushes(last), [[['sessionEnded', { code: 'LIMIT_REACHED' }]]]);
  t.equal(last.session.login, undefined);
  const first = clients[0]!.session;
  beginLogin(scene.context, first, login, []);
  t.same(first.login, login, 'who is in may log in again');
});

void t.test('an ended login leaves nothing behind and may be ended again', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  await scene.makeGroup('g', anna);
  await scene.goOnline(anna);
  const slice = { fileId: 'f'.repeat(64), offset: 0, totalBytes: 3, bytes: 'AAAA' };
  await scene.call(anna, 'putDescription', slice);
  for (let n = 0; n < 2; n++) endLogin(scene.context, anna.session);
  t.equal(anna.session.login, undefined);
  t.equal(anna.session.staged, undefined);
  t.equal(scene.context.staging.bytes, 0);
  t.equal(scene.context.sessions.count, 0);
  t.same(scene.context.presence.counts(), { devices: 0, announced: 0 });
  scene.context.sessions.pushToGroup('g', 'epoch', news);
  t.ok(scene.isSilent());
});

void t.test('everybody who is logged in can be had to come back', async (t) => {
  const scene = await openScene(t);
  const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
  const nobody = scene.connect('phone');
  await scene.goOnline(anna);
  sendAllBack(scene.context.sessions);
  for (const { session } of [anna, ben]) t.equal(session.isOpen, false);
  t.equal(nobody.session.isOpen, true, 'of whom nothing is known');
  t.equal(scene.context.sessions.count, 0);
  t.same(scene.context.presence.counts(), { devices: 0, announced: 0 });
  sendAllBack(scene.context.sessions);
});
