/** The path of a socket that others find too. */
import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commonSocketPath, socketPathFor } from '../../src/net/socket-path.js';
import { testFolder } from '../fixtures/test-folder.js';

const isRoot = process.getuid?.() === 0;
/** A user that nobody else here is. */
const userId = 2_000_000_000 + process.pid;

const place = (folder: string) => ({ folder, name: 'admin.sock', what: 'it', remedy: 'move it' });
const pathOf = (folder: string, isMade = true): Promise<string> =>
  commonSocketPath(place(folder), { isMade });

function longFolder(t: Test): string {
  const folder = join(testFolder(t), 'd'.repeat(100));
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** One of another user, and where sockets of that one lie. */
function theirs(t: Test): { folder: string; shared: string } {
  const [folder, shared] = [longFolder(t), `/tmp/p2p-${userId}`];
  chownSync(folder, userId, userId);
  t.teardown(() => rmSync(shared, { recursive: true, force: true }));
  return { folder, shared };
}

t.test('it follows from the folder alone, whichever way that is named', async (t) => {
  const folder = longFolder(t);
  const path = await pathOf(folder);
  t.match(path, /^\/tmp\/p2p-\d+\/[0-9a-f]{16}\.sock$/);
  const link = join(t.testdirName, 'link');
  symlinkSync(folder, link);
  t.equal(await pathOf(link), path);
  t.equal(await pathOf(`${folder}/`, false), path);
  await t.rejects(pathOf(join(folder, 'nowhere')), { code: 'FILE_NOT_FOUND' });
});

t.test('one of our own is told what is wrong with the folder of its sockets', async (t) => {
  // The path of a test's own folder is too long for a socket.
  const runtime = mkdtempSync('/tmp/p2p-run-');
  t.teardown(() => rmSync(runtime, { recursive: true }));
  mkdirSync(join(runtime, 'p2p'), { mode: 0o755 });
  const long = place(`/${'d'.repeat(100)}`);
  const refused = { code: 'PERMISSION_DENIED', message: /not a folder that only you can use; / };
  await t.rejects(socketPathFor(long, { XDG_RUNTIME_DIR: runtime }), refused);
});

t.test('root finds, and makes, that of the owner', { skip: !isRoot }, async (t) => {
  const { folder, shared } = theirs(t);
  const path = await pathOf(folder, false);
  t.throws(() => lstatSync(shared), { code: 'ENOENT' }, 'who asks leaves nothing behind');
  t.ok(path.startsWith(`${shared}/`));
  t.equal(await pathOf(folder), path);
  t.match(lstatSync(shared), { uid: userId });
  t.equal(lstatSync(shared).mode & 0o777, 0o700);
  t.equal(await pathOf(folder), path, 'it is there');
});

t.test('what somebody else has made there is refused', { skip: !isRoot }, async (t) => {
  const { folder, shared } = theirs(t);
  const refused = { code: 'PERMISSION_DENIED', message: /only the owner of .*ddd can use/ };
  for (const make of [
    () => mkdirSync(shared, { mode: 0o700 }),
    () => symlinkSync(folder, shared),
    () => {
      mkdirSync(shared, { mode: 0o755 });
      chownSync(shared, userId, userId);
    },
  ]) {
    make();
    for (const isMade of [true, false]) await t.rejects(pathOf(folder, isMade), refused);
    rmSync(shared, { recursive: true });
  }
});
