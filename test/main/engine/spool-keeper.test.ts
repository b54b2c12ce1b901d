/** What is removed of a spool, and what never is. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { StorageError } from '../../../src/net/errors.js';
import { SpoolKeeper } from '../../../src/main/engine/spool-keeper.js';
import { Spool } from '../../../src/main/home/spool.js';
import { testFolder } from '../../fixtures/test-folder.js';

const broken = new StorageError('IO_ERROR', 'it does not reach the disk');

/** A library of which only the names matter. */
function scene(t: Test, ...names: string[]) {
  const folder = join(testFolder(t), 'spool');
  mkdirSync(folder);
  const rows = new Set<string>();
  const disk = { isLost: false };
  const open = {
    isNamed: (path: string) => rows.has(basename(path)),
    whenOnDisk: () => (disk.isLost ? Promise.reject(broken) : Promise.resolve()),
  };
  const running: Promise<unknown>[] = [];
  const keeper = new SpoolKeeper({
    library: () => Promise.resolve(open),
    spool: new Spool(folder),
    background: { run: (work) => void running.push(work()) },
  });
  for (const name of names) writeFileSync(join(folder, name), 'x');
  const left = async (): Promise<string[]> => {
    await Promise.all(running);
    return readdirSync(folder).sort();
  };
  return { folder, rows, open, disk, keeper, left };
}

t.test('what a library does not name that was lost, or is older, stays', async (t) => {
  const { keeper, open, rows, left } = scene(t, 'input', 'older', 'mark.repair.part');
  rows.add('older');
  await keeper.onOpened(open);
  await keeper.look();
  await keeper.around(() => Promise.resolve());
  await keeper.close();
  t.strictSame(await left(), ['input', 'mark.repair.part', 'older']);
});

t.test('the file whose row has ended is removed, and no other', async (t) => {
  const { keeper, open, rows, left } = scene(t, 'shared', 'other', 'unknown');
  rows.add('shared').add('other');
  await keeper.onOpened(open);
  t.equal(await keeper.around(() => Promise.resolve(rows.delete('shared'))), true);
  t.strictSame(await left(), ['other', 'unknown']);
});

t.test(
  'also when the work by which it has ended fails, or nobody looked before the end',
  async (t) => {
    const { keeper, open, rows, left, folder } = scene(t, 'shared');
    rows.add('shared');
    await keeper.onOpened(open);
    const failing = keeper.around(() => {
      rows.delete('shared');
      return Promise.reject(new StorageError('IO_ERROR', 'the tracker has gone'));
    });
    await t.rejects(failing, { code: 'IO_ERROR' });
    t.strictSame(await left(), []);
    writeFileSync(join(folder, 'new'), 'x');
    keeper.onNamed(join(folder, 'new'));
    await keeper.close();
    t.strictSame(await left(), []);
  },
);

t.test('a file whose row may come back with a power cut stays', async (t) => {
  const { keeper, open, rows, disk, left } = scene(t, 'shared');
  rows.add('shared');
  await keeper.onOpened(open);
  await left();
  rows.delete('shared');
  disk.isLost = true;
  await t.rejects(keeper.look(), broken);
  t.strictSame(await left(), ['shared']);
  disk.isLost = false;
  await keeper.look();
  t.strictSame(await left(), [], 'until its end is on the disk');
});

t.test('a part that nothing names is removed, and one that is named goes on', async (t) => {
  const parts = ['a.0a1b2c3d.part', 'b.0a1b2c3d.part', 'a.repair.part'] as const;
  const { keeper, open, rows, left } = scene(t, ...parts);
  rows.add(parts[1]);
  await keeper.onOpened(open);
  t.strictSame(await left(), [parts[2], parts[1]].sort());
});

t.test(
  'a file that is there no more is forgotten, and whoever has its name later is not taken for it',
  async (t) => {
    const { keeper, open, rows, left, folder } = scene(t, 'shared');
    rows.add('shared');
    await keeper.onOpened(open);
    rmSync(join(folder, 'shared'));
    await keeper.look();
    rows.delete('shared');
    writeFileSync(join(folder, 'shared'), 'another');
    await keeper.look();
    t.strictSame(await left(), ['shared']);
  },
);

t.test('work goes on without a library that was never opened', async (t) => {
  const { folder } = scene(t, 'x');
  const keeper = new SpoolKeeper({
    library: () => Promise.reject(new StorageError('HOME_IN_USE', 'somebody has it')),
    spool: new Spool(folder),
    background: { run: () => t.fail('nothing is looked for') },
  });
  t.equal(await keeper.around(() => Promise.resolve(7)), 7);
  await keeper.close();
  t.ok(existsSync(join(folder, 'x')));
});
