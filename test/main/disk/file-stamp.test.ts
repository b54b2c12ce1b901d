import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  link,
  readFile,
  rename,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { changeBetween, isUnchanged, stampOf } from '../../../src/main/disk/file-stamp.js';

t.test('a stamp stays while nobody touches the file, and changes with each change', async (t) => {
  const folder = t.testdir({ file: 'abc', other: 'xyz' });
  const path = join(folder, 'file');
  const now = async () => stampOf(await stat(path, { bigint: true }));
  const before = await now();
  t.equal(before.size, 3);
  t.ok(isUnchanged(before, await now()));

  const { atimeMs, mtimeMs } = await stat(path);
  await utimes(path, atimeMs / 1000, mtimeMs / 1000 + 1);
  t.notOk(isUnchanged(before, await now()), 'another time');

  await writeFile(path, 'abcd');
  await utimes(path, atimeMs / 1000, mtimeMs / 1000);
  t.notOk(isUnchanged({ ...(await now()), size: 3 }, await now()), 'another size');

  const kept = await now();
  await rename(join(folder, 'other'), path);
  t.notOk(isUnchanged(kept, { ...kept, inode: (await now()).inode }), 'another file');
});

t.test(
  'what was done to a file decides whether it is the same, another, or has to be hashed',
  async (t) => {
    const cases: readonly (readonly [string, (path: string) => unknown, string])[] = [
      ['nothing', () => undefined, 'unchanged'],
      ['read', (path) => readFile(path), 'unchanged'],
      ['edited in place', (path) => writeFile(path, 'xyz'), 'changed'],
      ['lengthened', (path) => appendFile(path, 'd'), 'changed'],
      ['edited, with the old time put back', editWithOldTime, 'touched'],
      ['another mode', (path) => chmod(path, 0o600), 'touched'],
      ['one more name', (path) => link(path, `${path}.backup`), 'touched'],
      ['replaced', (path) => rename(join(path, '..', 'other'), path), 'changed'],
    ];
    for (const [what, act, change] of cases) {
      const path = join(t.testdir({ file: 'abc', other: 'abc' }), 'file');
      await chmod(path, 0o644);
      const before = stampOf(await stat(path, { bigint: true }));
      // Times of files advance by ticks of a few milliseconds.
      const tick = join(path, '..', 'tick');
      do await writeFile(tick, 'x');
      while ((await stat(tick, { bigint: true })).ctimeNs <= before.ctimeNs!);
      await act(path);
      const now = stampOf(await stat(path, { bigint: true }));
      t.equal(changeBetween(before, now), change, what);
      const { size, mtimeNs, inode } = before;
      const old = { size, mtimeNs, inode };
      t.equal(changeBetween(old, now), change === 'touched' ? 'unchanged' : change, `${what}, old`);
      t.equal(
        changeBetween({ ...before, device: before.device! + 1n }, now),
        'changed',
        'elsewhere',
      );
    }
  },
);

async function editWithOldTime(path: string): Promise<void> {
  const { mtimeNs } = await stat(path, { bigint: true });
  await writeFile(path, 'xyz');
  execFileSync('touch', [
    '-d',
    `@${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, '0')}`,
    path,
  ]);
}
