import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openFile } from '../../../src/main/disk/open-files.js';

t.test('a descriptor closes with its last user, each counted once', async (t) => {
  const file = await openFile(join(t.testdir({ a: 'x' }), 'a'), 'r');
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
  await t.rejects(openFile(join(t.testdir(), 'a'), 'r'), { code: 'FILE_NOT_FOUND' });
});
