import t from 'tap';
import { SHARE_TURN_MS } from '../../src/net/limits.js';
import { itemsOfTurn } from '../../src/tracker/items-of-turn.js';

/** A turn whose items take so long each, and others so long between two of them. */
async function taken(items: readonly string[], itemMs: number, othersMs: number) {
  let nowMs = 0;
  let breaths = 0;
  const given: string[] = [];
  const breathe = (): Promise<void> => {
    breaths++;
    nowMs += othersMs;
    return Promise.resolve();
  };
  for await (const item of itemsOfTurn(items, { breathe, steadyMs: () => nowMs })) {
    given.push(item);
    nowMs += itemMs;
  }
  return { given, breaths };
}

void t.test('as many items as a turn has time for', async (t) => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  t.same((await taken(items, SHARE_TURN_MS / 2, 0)).given, ['a', 'b']);
  t.same((await taken(items, 0, 0)).given, items, 'all when they take no time');
});

void t.test('the first one whatever it takes, and none of none', async (t) => {
  t.same((await taken(['a', 'b'], 10 * SHARE_TURN_MS, 0)).given, ['a']);
  t.same((await taken([], 1, 0)).given, []);
});

void t.test(
  'others are heard between two items, and their time is not that of the turn',
  async (t) => {
    const { given, breaths } = await taken(['a', 'b', 'c'], 1, 100 * SHARE_TURN_MS);
    t.same(given, ['a', 'b', 'c']);
    t.equal(breaths, 2);
  },
);
