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
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a stamp stays while nobody touches the file, and changes with each change', async (t) => {
  const folder = testFolder(t, { file: 'abc', other: 'xyz' });
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

/** Added to an inode: far from those of the files that are made here. */
const ELSEWHERE = 1_000_000n;

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
      ['replaced by one of the same time', replaceWithOldTime, 'touched'],
    ];
    for (const [what, act, change] of cases) {
      const path = join(testFolder(t, { file: 'abc', other: 'abc' }), 'file');
      await utimes(join(path, '..', 'other'), 1, 1);
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
      const isSameInode = now.inode === inode;
      const oldChange = change === 'touched' && isSameInode ? 'unchanged' : change;
      t.equal(changeBetween(old, now), oldChange, `${what}, old`);
      // The same after its disk was mounted anew.
      const mounted = change === 'unchanged' ? 'elsewhere' : change;
      const mount = { ...before, device: before.device! + 1n, inode: before.inode + ELSEWHERE };
      t.equal(changeBetween(mount, now), mounted, `${what}, mounted anew`);
      t.equal(
        changeBetween({ ...old, inode: inode + ELSEWHERE }, now),
        change === 'unchanged' ? 'touched' : change,
      );
    }
  },
);

async function replaceWithOldTime(path: string): Promise<void> {
  const other = join(path, '..', 'other');
  await touchAsOf(path, other);
  await rename(other, path);
}

async function editWithOldTime(path: string): Promise<void> {
  const before = `${path}.before`;
  execFileSync('cp', ['-p', path, before]);
  await writeFile(path, 'xyz');
  await touchAsOf(before, path);
}

/** Gives a file the time of another one, to the nanosecond. */
async function touchAsOf(reference: string, path: string): Promise<void> {
  const { mtimeNs } = await stat(reference, { bigint: true });
  const fraction = String(mtimeNs % 1_000_000_000n).padStart(9, '0');
  execFileSync('touch', ['-d', `@${mtimeNs / 1_000_000_000n}.${fraction}`, path]);
}
