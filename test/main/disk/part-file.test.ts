/** Part files on a real disk, from their opening to their final name. */
import { existsSync } from 'node:fs';
import { chmod, readFile, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import {
  copyToPartFile,
  PartFile,
  type PartFileOptions,
} from '../../../src/main/disk/part-file.js';

const TiB = 2 ** 40;

/** Options for a part file of 100 bytes, in a folder with these files. */
function scene(t: Test, files: Record<string, string> = {}) {
  const folder = t.testdir(files);
  const [path, partPath] = [join(folder, 'film'), join(folder, 'film.part')];
  const options = { partPath, path, size: 100, overwrite: false, isOneWrite: false };
  const open = async (more: Partial<PartFileOptions> = {}): Promise<PartFile> => {
    const part = await PartFile.open({ ...options, ...more });
    t.teardown(() => part.release());
    return part;
  };
  return { folder, path, partPath, open };
}

t.test('it is as long as the finished file, unless it comes in one write', async (t) => {
  const cases: [left: string | undefined, isOneWrite: boolean, size: number, kept: string][] = [
    [undefined, false, 100, ''],
    ['earlier', false, 100, 'earlier'],
    ['x'.repeat(200), false, 100, 'x'.repeat(100)],
    [undefined, true, 0, ''],
    ['earlier', true, 0, ''],
  ];
  for (const [left, isOneWrite, size, kept] of cases) {
    await t.test(`${left?.length ?? 'nothing'} left, ${isOneWrite}`, async (t) => {
      const { open, partPath } = scene(t, left === undefined ? {} : { 'film.part': left });
      await open({ isOneWrite });
      t.equal((await stat(partPath)).size, size);
      t.ok((await readFile(partPath, 'utf8')).startsWith(kept));
    });
  }
});

t.test('a disk without room says so before anything is fetched', async (t) => {
  const { open, folder, partPath } = scene(t, { 'film.part': 'earlier' });
  const { bavail, bsize } = await statfs(folder);
  await t.rejects(open({ size: bavail * bsize + TiB }), { code: 'DISK_FULL' });
  t.equal(await readFile(partPath, 'utf8'), 'earlier', 'it stays as it was');
});

t.test('what the disk refuses has a code', async (t) => {
  const { open, folder } = scene(t, { file: '' });
  const cases: [partPath: string, code: string][] = [
    [join(folder, 'missing', 'part'), 'FILE_NOT_FOUND'],
    [join(folder, 'file', 'part'), 'NO_DESTINATION'],
    // It can be opened, and has no length that could be set.
    ['/dev/null', 'IO_ERROR'],
  ];
  for (const [partPath, code] of cases) await t.rejects(open({ partPath }), { code });
});

t.test('it is closed when the last user has let go', async (t) => {
  const { open } = scene(t);
  const part = await open();
  const reader = part.retain();
  await part.release();
  await part.release();
  t.equal((await reader.handle.stat()).size, 100);
  await reader.release();
  t.equal(part.retain().handle.fd, -1);
});

t.test('it takes its final name, if that is free or may be taken', async (t) => {
  const cases: [isTaken: boolean, overwrite: boolean, code: string | undefined][] = [
    [false, false, undefined],
    [true, true, undefined],
    [true, false, 'DESTINATION_EXISTS'],
  ];
  for (const [isTaken, overwrite, code] of cases) {
    await t.test(`${isTaken}, ${overwrite}`, async (t) => {
      const { open, path, partPath } = scene(t, isTaken ? { film: 'old' } : {});
      const part = await open({ overwrite });
      if (code === undefined) await part.place();
      else await t.rejects(part.place(), { code });
      t.equal(existsSync(partPath), code !== undefined);
      t.equal((await stat(path)).size, code === undefined ? 100 : 3);
    });
  }
});

t.test('a part file may be a copy of what is here, while that is unchanged', async (t) => {
  const { folder, partPath } = scene(t, { own: 'the bytes' });
  const own = join(folder, 'own');
  await chmod(own, 0o400);
  const stamp = stampOf(await stat(own, { bigint: true }));
  t.notOk(await copyToPartFile(join(folder, 'gone'), stamp, partPath));
  t.notOk(await copyToPartFile(own, { ...stamp, size: stamp.size + 1 }, partPath));
  t.notOk(existsSync(partPath));
  t.ok(await copyToPartFile(own, stamp, partPath));
  t.equal(await readFile(partPath, 'utf8'), 'the bytes');
  await writeFile(partPath, 'it can be written to');
  const lost = join(folder, 'missing', 'part');
  await t.rejects(copyToPartFile(own, stamp, lost), { code: 'FILE_NOT_FOUND' });
});

t.test('a copy for which there is no room is refused', async (t) => {
  const { folder, partPath } = scene(t, { own: '' });
  const own = join(folder, 'own');
  const { bavail, bsize } = await statfs(folder);
  // All of it is a hole, so there is room for this one alone.
  await truncate(own, bavail * bsize + TiB);
  const stamp = stampOf(await stat(own, { bigint: true }));
  await t.rejects(copyToPartFile(own, stamp, partPath), { code: 'DISK_FULL' });
  t.notOk(existsSync(partPath));
});
