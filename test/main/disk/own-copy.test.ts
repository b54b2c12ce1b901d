import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { copyToPartFile } from '../../../src/main/disk/own-copy.js';
import { testFolder } from '../../fixtures/test-folder.js';

const bytes = Buffer.alloc(300_000, 5);

async function setUp(t: Test) {
  const folder = testFolder(t, { letter: 'a letter' });
  const source = join(folder, 'source');
  writeFileSync(source, bytes);
  const stamp = stampOf(await stat(source, { bigint: true }));
  const letter = join(folder, 'letter');
  return { source, stamp, letter, partPath: join(folder, 'film.12345678.part') };
}

for (const mode of [0o400, 0o600, 0o644, 0o777]) {
  for (const umask of [0o022, 0o077, 0o002]) {
    const text = `a copy of a file of mode ${mode.toString(8)} has the mode of a new file under umask ${umask.toString(8)}`;
    t.test(text, async (t) => {
      const before = process.umask(umask);
      t.teardown(() => process.umask(before));
      const { source, partPath } = await setUp(t);
      chmodSync(source, mode);
      const stamp = stampOf(await stat(source, { bigint: true }));
      t.ok(await copyToPartFile(source, stamp, partPath));
      t.ok(readFileSync(partPath).equals(bytes));
      t.equal(statSync(partPath).mode & 0o777, 0o666 & ~umask);
      t.not(statSync(partPath).ino, statSync(source).ino, 'a file of its own');
    });
  }
}

t.test('a file that is no longer what was shared is not copied', async (t) => {
  const { source, stamp, partPath } = await setUp(t);
  utimesSync(source, 1, 1);
  t.notOk(await copyToPartFile(source, stamp, partPath));
  t.notOk(existsSync(partPath));
});

t.test('what an earlier run left is filled anew', async (t) => {
  for (const left of [0, bytes.length]) {
    const { source, stamp, partPath } = await setUp(t);
    writeFileSync(partPath, '');
    truncateSync(partPath, left);
    t.ok(await copyToPartFile(source, stamp, partPath));
    t.ok(readFileSync(partPath).equals(bytes));
  }
});

t.test('a copy goes nowhere but into a file of ours', async (t) => {
  const { source, stamp, letter, partPath } = await setUp(t);
  symlinkSync(letter, partPath);
  t.notOk(await copyToPartFile(source, stamp, partPath));
  t.equal(readFileSync(letter, 'utf8'), 'a letter');
  t.ok(lstatSync(partPath).isSymbolicLink());
});
