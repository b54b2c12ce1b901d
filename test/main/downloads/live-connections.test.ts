import t, { type Test } from 'tap';
import { LiveConnections } from '../../../src/main/downloads/live-connections.js';
import { IDLE_PEER_CONNECTION_MS } from '../../../src/net/limits.js';

function setUp(t: Test) {
  const timers = new Map<object, () => void>();
  t.intercept(globalThis, 'setTimeout', {
    value: (run: () => void, ms: number) => {
      t.equal(ms, IDLE_PEER_CONNECTION_MS);
      const timer = {};
      timers.set(timer, run);
      return timer;
    },
  });
  t.intercept(globalThis, 'clearTimeout', { value: (timer: object) => timers.delete(timer) });
  const live = new LiveConnections<ReturnType<typeof dial>>();
  const dial = (name: string) => {
    const told: string[] = [];
    const connection = {
      name,
      groupId: 'friends',
      told,
      task: { post: ({ type }: { type: string }) => void told.push(type) },
    };
    live.add(connection);
    return connection;
  };
  return { live, dial, timers };
}

t.test('an idle one is told to end after a while, and is gone once it says so', async (t) => {
  const { live, dial, timers } = setUp(t);
  const ann = dial('ann');
  t.notOk(live.isIdle(ann));
  live.onIdle(ann);
  t.equal(live.idleCount, 1);
  for (const run of timers.values()) run();
  t.same(ann.told, ['close']);
  t.ok(live.isClosing(ann));
  t.equal(live.idleCount, 0);
  t.equal([...live].length, 1, 'what is told to end is still there');
  live.forget(ann);
  t.same([...live], []);
  t.equal(timers.size, 0);
});

t.test('one that has something to do again stays', async (t) => {
  const { live, dial, timers } = setUp(t);
  const ann = dial('ann');
  live.onIdle(ann);
  live.onInUse(ann);
  t.equal(timers.size, 0);
  t.notOk(live.isIdle(ann));
  t.same(ann.told, []);
});

t.test('they stand in the order in which they became idle', async (t) => {
  const { live, dial } = setUp(t);
  const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(dial);
  live.onIdle(bob!);
  live.onIdle(ann!);
  t.same(
    [...live].map(({ name }) => name),
    ['cid', 'bob', 'ann'],
  );
  t.notOk(live.isIdle(cid!));
});

t.test('once all are told to end, whatever becomes idle is told again', async (t) => {
  const { live, dial, timers } = setUp(t);
  const [ann, bob] = ['ann', 'bob'].map(dial);
  live.onIdle(ann!);
  live.closeAll();
  t.ok(live.isClosed);
  t.equal(timers.size, 0);
  live.onIdle(bob!);
  t.same(ann!.told, ['close']);
  t.same(bob!.told, ['close', 'close']);
});

t.test('a late word about one that is gone brings it not back', async (t) => {
  const { live, dial, timers } = setUp(t);
  const ann = dial('ann');
  live.forget(ann);
  live.close(ann);
  live.onIdle(ann);
  t.same([...live], []);
  t.same(ann.told, []);
  t.equal(timers.size, 0);
});
