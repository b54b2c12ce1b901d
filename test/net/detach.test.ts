import t from 'tap';
import { detach } from '../../src/net/detach.js';
import { runApart } from '../fixtures/run-apart.js';

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

/** How a process ends in which work that nobody awaits has failed. */
function endOf(error: string, taker: 'crash' | 'crashOnBug'): { status: number | null } {
  const { status, stderr } = runApart(`
    import { detach, ${taker} } from '${import.meta.resolve('../../src/net/detach.js')}';
    import { TrackerError } from '${import.meta.resolve('../../src/net/errors.js')}';
    detach(() => Promise.reject(${error}), ${taker});
  `);
  return { status, ...(stderr.includes('bug: one') ? { told: 'bug: one' } : {}) };
}

void t.test('a bug ends the process, also where refusals are heard elsewhere', async (t) => {
  const bug = "new Error('bug: one')";
  t.same(endOf(bug, 'crash'), { status: 1, told: 'bug: one' });
  t.same(endOf(bug, 'crashOnBug'), { status: 1, told: 'bug: one' });
  const refusal = "new TrackerError('BUSY', 'later')";
  t.same(endOf(refusal, 'crashOnBug'), { status: 0 });
  t.same(endOf(refusal, 'crash'), { status: 1 });
});
