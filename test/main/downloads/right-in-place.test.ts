import { spawnSync } from 'node:child_process';
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { openRightFile } from '../../../src/main/downloads/right-in-place.js';
import { testFolder } from '../../fixtures/test-folder.js';

const bytes = Buffer.alloc(300_000, 5);
const description = { layout: pieceLayout(bytes.length, 262_144)! };

async function setUp(t: Test) {
  const path = join(testFolder(t), 'film');
  writeFileSync(path, bytes);
  const stamp = stampOf(await stat(path, { bigint: true }));
  return { path, stamp, pieces: Bitfield.full(description.layout.pieceCount) };
}

t.test('a file that is as it was is opened', async (t) => {
  const file = await setUp(t);
  const open = await openRightFile(file, description);
  t.same(open?.stamp, file.stamp);
  await open?.release();
});

t.test('one that was changed is not, nor what came into its place', async (t) => {
  const file = await setUp(t);
  utimesSync(file.path, 1, 1);
  t.notOk(await openRightFile(file, description));
  rmSync(file.path);
  t.notOk(await openRightFile(file, description));
  const letter = `${file.path}.letter`;
  writeFileSync(letter, bytes);
  symlinkSync(letter, file.path);
  t.notOk(await openRightFile(file, description));
  t.equal(statSync(letter).size, bytes.length);
});

t.test('without descriptors it is told, and peers are not waited for', async (t) => {
  const { path } = await setUp(t);
  const moduleOf = (name: string): string =>
    JSON.stringify(new URL(`../../../src/main/${name}`, import.meta.url).href);
  const script = `
    import { openSync, closeSync } from 'node:fs';
    import { stat } from 'node:fs/promises';
    const { openRightFile } = await import(${moduleOf('downloads/right-in-place.js')});
    const { stampOf } = await import(${moduleOf('disk/file-stamp.js')});
    const [path] = process.argv.slice(-1);
    const stamp = stampOf(await stat(path, { bigint: true }));
    const open = [];
    // Ends where the last one is taken.
    try { for (;;) open.push(openSync('/', 'r')); } catch {}
    const told = await openRightFile({ path, stamp }, {}).catch(({ code }) => code);
    for (const fd of open) closeSync(fd);
    console.log(told);
  `;
  const words = 'unset NODE_OPTIONS; ulimit -n 64; exec "$@"';
  const program = [process.execPath, '--input-type=module', '--eval', script, path];
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', words, 'sh', ...program], {
    encoding: 'utf8',
  });
  t.equal(stdout, 'SYSTEM_LIMIT\n', stderr);
});
