import { spawnSync } from 'node:child_process';
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

t.test('without descriptors it is told, and peers are not waited for', async (t) => {
  const { source, partPath } = await setUp(t);
  const moduleOf = (path: string): string =>
    JSON.stringify(new URL(`../../../src/main/disk/${path}`, import.meta.url).href);
  const script = `
    import { openSync, closeSync } from 'node:fs';
    import { stat } from 'node:fs/promises';
    const { copyToPartFile } = await import(${moduleOf('own-copy.js')});
    const { stampOf } = await import(${moduleOf('file-stamp.js')});
    const [source, partPath] = process.argv.slice(-2);
    const stamp = stampOf(await stat(source, { bigint: true }));
    const open = [];
    // Ends where the last one is taken.
    try { for (;;) open.push(openSync('/', 'r')); } catch {}
    // One for the part file, none for the copy.
    closeSync(open.pop());
    const told = await copyToPartFile(source, stamp, partPath).catch(({ code }) => code);
    for (const fd of open) closeSync(fd);
    console.log(told);
  `;
  const words = 'unset NODE_OPTIONS; ulimit -n 64; exec "$@"';
  const program = [process.execPath, '--input-type=module', '--eval', script, source, partPath];
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', words, 'sh', ...program], {
    encoding: 'utf8',
  });
  t.equal(stdout, 'SYSTEM_LIMIT\n', stderr);
});
