import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { lookAtFolder } from '../../../src/main/disk/folder-stamps.js';
import { isUnchanged } from '../../../src/main/disk/file-stamp.js';
import { scanFolder } from '../../../src/main/sharing/folder-scan.js';
import { encodeFolderTable } from '../../../src/net/folder-table-encoding.js';
import { decodeFolderTable } from '../../../src/net/folder-table.js';
import { MAX_IGNORE_FILE_BYTES, MAX_IGNORE_PATTERNS } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** A folder of files, each with its path as its text; a path that ends with a slash is a folder. */
async function folderOf(t: Test, ...paths: readonly string[]): Promise<string> {
  const root = testFolder(t);
  for (const path of paths) {
    const full = join(root, path);
    await mkdir(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (!path.endsWith('/')) await writeFile(full, path);
  }
  return root;
}

async function pathsOf(root: string, ...exclude: readonly string[]): Promise<string[]> {
  const { table } = await scanFolder(root, exclude);
  return table.map(({ path, kind }) => (kind === 'file' ? path : `${path}/`));
}

t.test('all files and empty folders are found, in the order of a table', async (t) => {
  const root = await folderOf(t, 'b/z', 'b-', 'a', 'b/y/x', 'c/', 'd/e/', 'ä');
  t.same(await pathsOf(root), ['a', 'b/y/x', 'b/z', 'b-', 'c/', 'd/e/', 'ä']);
  const { table } = await scanFolder(root, []);
  t.same(decodeFolderTable(encodeFolderTable(table)), table);
});

t.test('of a file its size, its time and whether it can be run are taken', async (t) => {
  const root = await folderOf(t, 'run', 'old');
  await chmod(join(root, 'run'), 0o700);
  await utimes(join(root, 'run'), 1_700_000_000.5, 1_700_000_000.5);
  await utimes(join(root, 'old'), new Date(-5_000), new Date(-5_000));
  const { table } = await scanFolder(root, []);
  t.match(table.at(1), { size: 3, isExecutable: true, mtimeMs: 1_700_000_000_500 });
  t.match(table.at(0), { size: 3, isExecutable: false, mtimeMs: 0 });
});

t.test('a hard link is a file; links and special files are left out and told', async (t) => {
  const root = await folderOf(t, 'a', 'folder/b');
  await link(join(root, 'a'), join(root, 'same'));
  await symlink('/etc/passwd', join(root, 'link'));
  await symlink('.', join(root, 'folder/up'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const { table, leftOut } = await scanFolder(root, []);
  t.same(
    table.map(({ path }) => path),
    ['a', 'folder/b', 'same'],
  );
  t.equal(leftOut.count, 3);
  const first = [...leftOut.first].sort((a, b) => (a.path < b.path ? -1 : 1));
  t.same(first, [
    { path: 'folder/up', why: 'link' },
    { path: 'link', why: 'link' },
    { path: 'pipe', why: 'special' },
  ]);
});

t.test('ignore files hold from where they lie, the nearest first', async (t) => {
  const root = await folderOf(
    t,
    'a.tmp',
    'b',
    'build/x',
    'src/build/y',
    'src/c.tmp',
    'src/keep.tmp',
  );
  await writeFile(join(root, '.p2pignore'), '# what is made\n*.tmp\n/build/\n');
  await writeFile(join(root, 'src/.p2pignore'), '!keep.tmp\n');
  t.same(await pathsOf(root), ['b', 'src/build/y', 'src/keep.tmp']);
});

t.test('--exclude goes before ignore files, and knows upper and lower case', async (t) => {
  const root = await folderOf(t, 'a.tmp', 'B.TMP', 'docs/c', 'd');
  await writeFile(join(root, '.p2pignore'), '!a.tmp\n');
  t.same(await pathsOf(root, '*.tmp', 'docs/'), ['B.TMP', 'd']);
});

t.test('a folder of which everything is left out is an empty one', async (t) => {
  const root = await folderOf(t, 'logs/a.log', 'b');
  t.same(await pathsOf(root, '*.log'), ['b', 'logs/']);
});

t.test('what many disks cannot hold refuses the whole, by name', async (t) => {
  const twins = await folderOf(t, 'x/Readme', 'x/README', 'y');
  await t.rejects(scanFolder(twins, []), { code: 'BAD_ARGUMENT', message: /"x\/R.*the same as/ });
  t.same(await pathsOf(twins, 'README'), ['x/Readme', 'y']);
});

t.test('names that cannot be shared are told, some by name', async (t) => {
  const root = await folderOf(t, 'a\\b', 'c\\d', 'e\\f', 'g\\h', 'fine');
  await t.rejects(scanFolder(root, []), { message: /backslash.*; and 1 more$/s });
});

t.test('a name that is not UTF-8 is told', async (t) => {
  const root = await folderOf(t, 'a');
  await writeFile(Buffer.concat([Buffer.from(`${root}/b`), Buffer.of(0xff)]), '');
  await t.rejects(scanFolder(root, []), { message: /its name is not UTF-8/ });
});

t.test('a folder that is deeper than a table can be is told', async (t) => {
  const root = await folderOf(t, `${'d/'.repeat(32)}file`);
  await t.rejects(scanFolder(root, []), { message: /more than 32 folders deep/ });
});

t.test('a folder with nothing in it is refused, one of empty folders is not', async (t) => {
  await t.rejects(scanFolder(await folderOf(t), []), { message: /nothing to share/ });
  t.same(await pathsOf(await folderOf(t, 'a/')), ['a/']);
});

t.test('a folder that is gone is told', async (t) => {
  await t.rejects(scanFolder(join(testFolder(t), 'x'), []), { code: 'FILE_NOT_FOUND' });
});

t.test('a walk ends when nobody wants it any more', async (t) => {
  const root = await folderOf(t, 'a/b');
  await t.rejects(scanFolder(root, [], AbortSignal.abort(new Error('no'))), { message: 'no' });
});

t.test('a look tells the stamp of the walk, until something is done to a file', async (t) => {
  const root = await folderOf(t, 'a', 'b/c', 'd/');
  const { table, stamp, stamps } = await scanFolder(root, []);
  const look = await lookAtFolder(root, table);
  t.same(look.stamp, stamp);
  t.same(look.stamps, stamps);
  t.equal(look.firstOther, undefined);
  await writeFile(join(root, 'new'), 'not in the table');
  t.ok(isUnchanged(stamp, (await lookAtFolder(root, table)).stamp));
  await utimes(join(root, 'b/c'), 5, 5);
  const touched = await lookAtFolder(root, table);
  t.notOk(isUnchanged(stamp, touched.stamp));
  t.equal(touched.firstOther, undefined, 'it is as long as it was');
  await writeFile(join(root, 'b/c'), 'longer than before');
  t.match(await lookAtFolder(root, table), { firstOther: 'b/c', stamp: { size: 19 } });
});

t.test('files of patterns have bounds, and are obeyed where that is said', async (t) => {
  const root = await folderOf(t, 'a', 'deep/a', 'deep/b');
  const lines = (count: number): string => '# none\n\n' + 'x\n'.repeat(count - 1) + 'a\r\n';
  await writeFile(join(root, 'deep/.p2pignore'), lines(MAX_IGNORE_PATTERNS));
  t.same(await pathsOf(root), ['a', 'deep/b']);
  const asked: string[] = [];
  const isObeyed = (path: string): boolean => asked.push(path) === 0;
  const { table } = await scanFolder(root, [], undefined, isObeyed);
  t.same([asked, table.map(({ path }) => path)], [['deep/.p2pignore'], ['a', 'deep/a', 'deep/b']]);
  await writeFile(join(root, '.p2pignore'), 'y');
  const tooMany = { code: 'FILE_TOO_LARGE', message: /deep\/.p2pignore has too many patterns/ };
  await t.rejects(scanFolder(root, []), tooMany, 'of all of them together');
  await writeFile(join(root, '.p2pignore'), '#'.repeat(MAX_IGNORE_FILE_BYTES + 1));
  const tooLong = { code: 'FILE_TOO_LARGE', message: /longer than 65536 bytes/ };
  await t.rejects(scanFolder(root, []), tooLong);
});
