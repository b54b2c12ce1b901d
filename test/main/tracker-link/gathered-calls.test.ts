import t from 'tap';
import { GatheredCalls } from '../../../src/main/tracker-link/gathered-calls.js';

/** Calls that answer an item with itself; `most` answers at a time. */
function gather(most = Infinity) {
  const calls: string[] = [];
  const gathered = new GatheredCalls<string, string>({
    keyOf: (item) => item[0]!,
    maxItems: 3,
    bytesOf: (item) => item.length,
    maxBytes: 10,
    call: async (key, items) => {
      calls.push(items.join(' '));
      if (key === 'x') throw new Error('refused');
      return items.slice(0, most);
    },
  });
  return { calls, gathered };
}

t.test('what is asked in one turn goes in one call, by key and bound', async (t) => {
  const { calls, gathered } = gather();
  const items = ['a1', 'b1', 'a2', 'a3', 'a4', 'b12345678', 'b2'];
  t.same(await Promise.all(items.map((item) => gathered.ask(item))), items);
  t.same(calls, ['a1 a2 a3', 'b1 b2', 'a4', 'b12345678']);
  t.equal(await gathered.ask('a5'), 'a5');
});

t.test('what a call left out is asked again', async (t) => {
  const { calls, gathered } = gather(2);
  const items = ['a1', 'a2', 'a3'];
  t.same(await Promise.all(items.map((item) => gathered.ask(item))), items);
  t.same(calls, ['a1 a2 a3', 'a3']);
});

t.test('a call that fails fails for its items alone', async (t) => {
  const { gathered } = gather();
  const asked = ['x1', 'a1', 'x2'].map((item) => gathered.ask(item));
  const settled = await Promise.allSettled(asked);
  t.same(
    settled.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected'],
  );
});

t.test('an answer to nothing is no answer', async (t) => {
  const { gathered } = gather(0);
  await t.rejects(gathered.ask('a'), { code: 'PROTOCOL_VIOLATION' });
});
