/** One opening for all who read a file. */
import { execFileSync } from 'node:child_process';
import { fstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openToRead } from '../../../src/main/disk/open-files.js';
import { SharedOpening } from '../../../src/main/disk/shared-opening.js';
import { testFolder } from '../../fixtures/test-folder.js';

function pathOf(t: Test): string {
  return join(testFolder(t, { film: 'bytes' }), 'film');
}

function sharedAt(path: string) {
  return new SharedOpening(() => openToRead(path));
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

t.test('however many read it, it is opened once, and closed with the last', async (t) => {
  const shared = sharedAt(pathOf(t));
  const users = await Promise.all(Array.from({ length: 100 }, () => shared.acquire()));
  users.push(users[0]!.retain());
  const { fd } = users[0]!;
  t.same(new Set(users.map((user) => user.fd)), new Set([fd]));
  const last = users.pop()!;
  for (const user of users) await user.release();
  await users[0]!.release();
  t.ok(isOpen(fd));
  await last.release();
  t.notOk(isOpen(fd));
  t.throws(() => last.retain(), /bug: a closed content is used again/);
});

t.test('after it was closed it is opened anew, as it is then', async (t) => {
  const path = pathOf(t);
  const shared = sharedAt(path);
  await (await shared.acquire()).release();
  rmSync(path);
  await t.rejects(shared.acquire(), { code: 'FILE_NOT_FOUND' });
  writeFileSync(path, 'other bytes');
  const file = await shared.acquire();
  t.equal((await file.handle.stat()).size, 11);
  await file.release();
});

t.test('those who ask while it cannot be opened all hear why', async (t) => {
  const shared = sharedAt(join(testFolder(t), 'missing'));
  const outcomes = await Promise.allSettled([shared.acquire(), shared.acquire()]);
  t.match(outcomes, [
    { reason: { code: 'FILE_NOT_FOUND' } },
    { reason: { code: 'FILE_NOT_FOUND' } },
  ]);
});

t.test('a pipe in its place holds nobody up', async (t) => {
  const path = join(testFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const shared = sharedAt(path);
  const files = await Promise.all(Array.from({ length: 16 }, () => shared.acquire()));
  t.ok((await files[0]!.handle.stat()).isFIFO());
  for (const file of files) await file.release();
});
