import t, { type Test } from 'tap';
import { TrackerError } from '../../src/net/errors.js';
import { FREE_LOGIN_FAILURES, FREE_LOGIN_FAILURES_PER_ADDRESS } from '../../src/net/limits.js';
import { createBriefLook } from '../../src/tracker/brief-look.js';
import { createDispatch } from '../../src/tracker/dispatch.js';
import { Metrics } from '../../src/tracker/metrics.js';
import { metricsPage } from '../../src/tracker/metrics-page.js';
import { RequestBudget } from '../../src/tracker/request-budget.js';
import type { StoreCounts } from '../../src/tracker/store/stored.js';
import { openScene } from './tracker-scene.js';

async function openDispatch(t: Test, budget = new RequestBudget()) {
  const scene = await openScene(t);
  const metrics = new Metrics();
  t.teardown(() => metrics.close());
  return { scene, metrics, dispatch: createDispatch(scene.context, metrics, budget) };
}

void t.test('only what is known, allowed and well formed reaches a handler', async (t) => {
  const { scene, dispatch } = await openDispatch(t);
  const { session } = scene.connect('pc');
  const bad = { code: 'BAD_REQUEST' };
  for (const method of ['nonsense', 'toString', '__proto__']) {
    await t.rejects(dispatch(session, method, {}), bad, method);
  }
  await t.rejects(dispatch(session, 'listGroups', {}), { code: 'NOT_LOGGED_IN' });
  await t.rejects(dispatch(session, 'createUser', { userId: 'anna', password: '' }), bad);
  const account = { userId: 'anna', password: 'secret' };
  t.same(await dispatch(session, 'createUser', account), {});
  t.match(await dispatch(session, 'login', account), { userId: 'anna' });
  t.same(await dispatch(session, 'listGroups', {}), { items: [] });
});

void t.test('what is asked behind a login waits until that is decided', async (t) => {
  const { scene, dispatch } = await openDispatch(t);
  const { session } = scene.connect('pc');
  const account = { userId: 'anna', password: 'secret' };
  await dispatch(session, 'createUser', account);
  const refused = dispatch(session, 'login', { ...account, password: 'wrong' });
  const behindRefused = dispatch(session, 'listGroups', {});
  await t.rejects(refused, { code: 'WRONG_PASSWORD' });
  await t.rejects(behindRefused, { code: 'NOT_LOGGED_IN' });
  const login = dispatch(session, 'login', account);
  const behind = dispatch(session, 'listGroups', {});
  t.match(await login, { userId: 'anna' });
  t.same(await behind, { items: [] });
});

void t.test('who asks again for what is done has tried no password and no name', async (t) => {
  const { scene, dispatch } = await openDispatch(t);
  const { session } = scene.connect('pc');
  const once = '0'.repeat(32);
  const account = { userId: 'anna', password: 'secret' };
  const named = { ...account, once };
  for (let times = 0; times <= FREE_LOGIN_FAILURES_PER_ADDRESS + 1; times++) {
    t.same(await dispatch(session, 'createUser', named), {});
  }
  await dispatch(session, 'createUser', { ...account, userId: 'ben' });
  await dispatch(session, 'login', account);
  const change = { oldPassword: 'secret', newPassword: 'other' };
  for (let times = 0; times <= FREE_LOGIN_FAILURES + 1; times++) {
    t.same(await dispatch(session, 'changePassword', { ...change, once }), {});
  }
  const guess = { oldPassword: 'guess', newPassword: 'other', once };
  for (let times = 0; times < FREE_LOGIN_FAILURES; times++) {
    await t.rejects(dispatch(session, 'changePassword', guess), { code: 'BAD_REQUEST' });
  }
  await t.rejects(dispatch(session, 'changePassword', { ...change, oldPassword: 'guess' }), {
    code: 'TOO_MANY_ATTEMPTS',
  });
});

void t.test('every answer is counted, by method and result', async (t) => {
  const { scene, metrics, dispatch } = await openDispatch(t);
  const { session } = await scene.enter('anna');
  await dispatch(session, 'listGroups', {});
  await dispatch(session, 'listGroups', {});
  await dispatch(session, 'joinGroup', { groupId: 'x' }).catch(() => undefined);
  await dispatch(session, 'made up', {}).catch(() => undefined);
  const page = await metricsPage(scene.context, {
    metrics,
    counts: createBriefLook(() => scene.context.store.counts()),
    connections: () => ({ all: 3, anonymous: 2, waiting: 1 }),
    pendingRequests: () => 4,
    version: '1.2.3',
    schema: 16,
  });
  t.match(page, /^p2p_tracker_info\{version="1.2.3",schema="16"\} 1$/m);
  t.match(page, /^p2p_tracker_connections 3$/m);
  t.match(page, /^p2p_tracker_pending_requests 4$/m);
  for (const [method, result, count] of [
    ['listGroups', 'ok', 2],
    ['joinGroup', 'NO_SUCH_GROUP', 1],
    ['unknown', 'BAD_REQUEST', 1],
  ] as const) {
    const line = `p2p_tracker_requests_total{method="${method}",result="${result}"} ${count}\n`;
    t.ok(page.includes(line), line);
  }
  t.match(page, /^p2p_tracker_users 1$/m);
  t.match(page, /^p2p_tracker_sessions 1$/m);
  t.match(page, /^p2p_tracker_turn_queue 0$/m);
});

void t.test('while the database does not answer the other figures are told', async (t) => {
  const { scene, metrics } = await openDispatch(t);
  const sources = {
    metrics,
    connections: () => ({ all: 3, anonymous: 2, waiting: 1 }),
    pendingRequests: () => 4,
    version: '1.2.3',
    schema: 16,
  };
  const pageOver = (error: Error): Promise<string> => {
    const counts = createBriefLook<StoreCounts>(() => Promise.reject(error));
    return metricsPage(scene.context, { ...sources, counts });
  };
  const page = await pageOver(new TrackerError('BUSY', 'it does not answer'));
  t.match(page, /^p2p_tracker_connections 3$/m);
  t.notMatch(page, 'p2p_tracker_users');
  await t.rejects(pageOver(new Error('a mistake')), { message: 'a mistake' });
});

void t.test(
  'who has their share of the requests is refused where there are too many',
  async (t) => {
    const budget = new RequestBudget(2);
    const { scene, dispatch } = await openDispatch(t, budget);
    const [anna, ben] = [await scene.enter('anna'), await scene.enter('ben')];
    const [first, second] = [
      dispatch(anna.session, 'listGroups', {}),
      dispatch(anna.session, 'listGroups', {}),
    ];
    await t.rejects(dispatch(anna.session, 'listGroups', {}), { code: 'BUSY' });
    t.same(await dispatch(ben.session, 'listGroups', {}), { items: [] }, 'others are heard');
    await Promise.all([first, second]);
    t.equal(budget.total, 0);
    t.same(await dispatch(anna.session, 'listGroups', {}), { items: [] });
  },
);
