import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createFileAtomic, writeFileAtomic } from '../../../src/main/home/write-file-atomic.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a file is replaced as a whole, with the mode asked for', async (t) => {
  const folder = testFolder(t, { file: 'a much longer text than the new one' });
  const path = join(folder, 'file');
  await writeFileAtomic(path, 'new', 0o600);
  t.equal(await readFile(path, 'utf8'), 'new');
  t.equal((await stat(path)).mode & 0o777, 0o600);
  t.same(await readdir(folder), ['file'], 'nothing temporary is left');
});

t.test('a file that exists is not created again', async (t) => {
  const folder = testFolder(t, { file: 'first' });
  await createFileAtomic(join(folder, 'file'), 'second', 0o600);
  t.equal(await readFile(join(folder, 'file'), 'utf8'), 'first');
  t.same(await readdir(folder), ['file']);
});

t.test('of several that create one file, one wins and nothing is mixed', async (t) => {
  const folder = testFolder(t);
  const path = join(folder, 'file');
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(10_000));
  await Promise.all(texts.map((text) => createFileAtomic(path, text, 0o600)));
  t.ok(texts.includes(await readFile(path, 'utf8')));
  t.same(await readdir(folder), ['file']);
});

t.test('a folder that does not exist is an error with a code', async (t) => {
  const path = join(testFolder(t), 'missing', 'file');
  await t.rejects(writeFileAtomic(path, '', 0o600), { code: 'NO_DESTINATION' });
});

t.test('a failure leaves nothing temporary behind', async (t) => {
  const folder = testFolder(t);
  await mkdir(join(folder, 'taken', 'full'), { recursive: true });
  await t.rejects(writeFileAtomic(join(folder, 'taken'), '', 0o600), { name: 'StorageError' });
  t.same(await readdir(folder), ['taken']);
});
