import t from 'tap';
import { MAX_SESSIONS_PER_USER } from '../../src/net/limits.js';
import { inTurn } from '../../src/tracker/context.js';
import { admitLogin, toMembership } from '../../src/tracker/logins.js';
import { openScene, type FakeClient, type TrackerScene } from './tracker-scene.js';
import { at } from '../fixtures/incarnations.js';

const news = { groupId: 'g', ...at(7), removedUsers: [] };

function begin({ context }: TrackerScene, { session }: FakeClient, userId: string) {
  const login = { userId, tokenHash: `token of ${userId}` };
  return inTurn(context, (turn) => admitLogin(context, session, turn, login), session);
}

void t.test('a login tells the client its groups, and the session hears of them', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  const ben = await scene.enter('ben');
  await scene.makeGroup('g', anna, ben);
  const fresh = scene.connect('ben-phone');
  t.match(await begin(scene, fresh, 'ben'), {
    userId: 'ben',
    nowMs: scene.nowMs,
    groups: [{ groupId: 'g', ...at(1), role: 'member' }],
  });
  scene.context.sessions.pushToGroup('g', 'epoch', news);
  t.same(scene.takePushes(fresh), [[['epoch', news]]]);
});

void t.test('another user on the same connection takes the place of the first', async (t) => {
  const scene = await openScene(t);
  const ben = await scene.enter('ben');
  const anna = await scene.enter('anna');
  await scene.makeGroup('g', anna);
  await scene.goOnline(anna);
  t.match(await begin(scene, anna, 'ben'), { userId: 'ben', groups: [] });
  t.equal(anna.session.login?.userId, 'ben');
  t.same(scene.context.sessions.ofUser('anna'), []);
  t.same(scene.context.sessions.ofUser('ben'), [ben.session, anna.session]);
  t.equal(scene.context.presence.counts().devices, 0, 'what anna had online is gone');
});

void t.test('a connection that went during the turn is not registered', async (t) => {
  const scene = await openScene(t);
  await scene.enter('anna');
  const fresh = scene.connect('phone');
  const login = begin(scene, fresh, 'anna');
  fresh.socket.emit('close');
  await login;
  t.equal(fresh.session.login, undefined);
  t.equal(scene.context.sessions.count, 1);
});

void t.test('a user connects a bounded number of times', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  for (let n = 1; n < MAX_SESSIONS_PER_USER; n++) {
    scene.context.sessions.add(scene.connect(`device ${n}`).session, 'anna', []);
  }
  await t.rejects(begin(scene, scene.connect('phone'), 'anna'), { code: 'LIMIT_REACHED' });
  t.match(await begin(scene, anna, 'anna'), { userId: 'anna' }, 'again is not once more');
});

void t.test('a client is told of its groups and its roles there, and no more', async (t) => {
  for (const role of ['owner', 'member'] as const) {
    const stored = { groupId: 'g', ...at(3), role, kept: 'elsewhere' };
    t.same(toMembership(stored), { groupId: 'g', ...at(3), role });
  }
});
