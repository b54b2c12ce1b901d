import t from 'tap';
import { tuningOf } from '../../../src/main/cli/engine-options.js';

const given = (options: Record<string, string>) => ({ args: {}, options }) as never;

t.test('a download counts on the disk or in the cache, and nowhere else', (t) => {
  t.same(tuningOf(given({})), {});
  for (const durability of ['disk', 'cache'] as const) {
    t.same(tuningOf(given({ durability })), { durability });
  }
  for (const durability of ['', 'Disk', 'none']) {
    t.throws(() => tuningOf(given({ durability })), {
      code: 'BAD_ARGUMENT',
      message: /disk or cache/,
    });
  }
  t.end();
});
