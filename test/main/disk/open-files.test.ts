import { execFileSync } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openToRead } from '../../../src/main/disk/open-files.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a descriptor closes with its last user, each counted once', async (t) => {
  const file = await openToRead(join(testFolder(t, { a: 'x' }), 'a'));
  const second = file.retain();
  t.equal(second.fd, file.fd);
  await file.release();
  await file.release();
  t.equal(fstatSync(second.fd).size, 1, 'still open for the second');
  await second.release();
  t.throws(() => fstatSync(second.fd), { code: 'EBADF' });
  t.throws(() => file.retain(), /bug: a closed file/);
});

t.test('what cannot be opened says why', async (t) => {
  await t.rejects(openToRead(join(testFolder(t), 'a')), { code: 'FILE_NOT_FOUND' });
});

t.test('a pipe that nobody writes into is opened at once', async (t) => {
  const path = join(testFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const files = await Promise.all(Array.from({ length: 16 }, () => openToRead(path)));
  t.ok(fstatSync(files[0]!.fd).isFIFO());
  await Promise.all(files.map((file) => file.release()));
});
