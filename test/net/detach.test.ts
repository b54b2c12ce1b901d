import t from 'tap';
import { detach } from '../../src/net/detach.js';

const failed = new Error('no');
const ways: readonly [string, () => Promise<unknown>][] = [
  ['rejects', () => Promise.reject(failed)],
  [
    'throws before it returns a promise',
    () => {
      throw failed;
    },
  ],
  [
    'throws later',
    async () => {
      await Promise.resolve();
      throw failed;
    },
  ],
];

for (const [what, work] of ways) {
  void t.test(`work that ${what} is told to whoever started it`, async (t) => {
    t.equal(await new Promise((resolve) => detach(work, resolve)), failed);
  });
}

void t.test('work that succeeds tells nobody', async (t) => {
  const told: unknown[] = [];
  await new Promise<void>((resolve) =>
    detach(
      async () => resolve(),
      (error) => told.push(error),
    ),
  );
  t.same(told, []);
});
