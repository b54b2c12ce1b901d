import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { NewFile } from '../../../src/workers/disk/new-file.js';
import { createWriteCell, writesIn } from '../../../src/net/write-count.js';
import { testFolder } from '../../fixtures/test-folder.js';

const bytes = Buffer.from('..small..');

function scene(t: Test, there: Record<string, string> = {}) {
  const folder = testFolder(t, there);
  const [partPath, path] = [join(folder, 'a.part'), join(folder, 'a')];
  const writes = createWriteCell();
  return { folder, partPath, path, writes, file: new NewFile(partPath, path, writes) };
}

t.test('a file is made under its part name and gets its own', async (t) => {
  const { folder, path, partPath, file, writes } = scene(t);
  file.write(0, bytes, 2, 5);
  t.equal(readFileSync(partPath, 'utf8'), 'small');
  t.same(writesIn(writes), { begun: 1, ended: 1 });
  const synced = file.sync();
  t.same(writesIn(writes), { begun: 2, ended: 1 }, 'while it is waited for others see that');
  await synced;
  t.same(writesIn(writes), { begun: 2, ended: 2 });
  const stamp = file.place();
  t.equal(readFileSync(path, 'utf8'), 'small');
  t.same(readdirSync(folder), ['a']);
  const { ino, mtimeNs, ctimeNs, dev } = statSync(path, { bigint: true });
  t.same(stamp, { size: 5, inode: ino, mtimeNs, ctimeNs, device: dev });
  file.discard();
  t.ok(existsSync(path), 'what is placed is not taken away');
});

t.test('what has the part name is left alone', (t) => {
  const { partPath, file } = scene(t, { 'a.part': 'another' });
  t.throws(() => file.write(0, bytes, 0, 2), { name: 'StorageError' });
  file.discard();
  t.equal(readFileSync(partPath, 'utf8'), 'another');
  t.end();
});

t.test('what has taken the final name stays, and nothing of the file is left', (t) => {
  const { folder, path, file } = scene(t);
  file.write(0, bytes, 0, 2);
  writeFileSync(path, 'first');
  t.throws(() => file.place(), { name: 'StorageError' });
  t.equal(readFileSync(path, 'utf8'), 'first');
  t.same(readdirSync(folder), ['a']);
  t.end();
});

t.test('a file that is not wanted any more leaves nothing', (t) => {
  const { folder, file } = scene(t);
  file.discard();
  file.write(0, bytes, 0, 2);
  file.discard();
  file.discard();
  t.same(readdirSync(folder), []);
  t.end();
});
