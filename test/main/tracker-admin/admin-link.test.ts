import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { AdminLink } from '../../../src/main/tracker-admin/admin-link.js';
import { adminSocketOf } from '../../../src/net/admin-api.js';
import { deferred } from '../../../src/net/deferred.js';
import { CancelledError } from '../../../src/net/errors.js';
import { commonSocketPath } from '../../../src/net/socket-path.js';
import { enter, openTracker } from '../../tracker/tracker-client.js';
import { testFolder } from '../../fixtures/test-folder.js';

const never = new AbortController().signal;
const openLink = (dataDir: string, signal = never): Promise<AdminLink> =>
  AdminLink.open(dataDir, signal);

void t.test('a list is asked for page by page', async (t) => {
  const dataDir = testFolder(t);
  const tracker = await openTracker(t, { dataDir });
  for (const name of ['anna', 'ben']) await enter(tracker, name);
  const link = await openLink(dataDir);
  t.teardown(() => link.close());
  const users: string[] = [];
  for await (const { userId } of link.list('users', {})) users.push(userId);
  t.same(users, ['anna', 'ben']);
  await t.rejects(link.call('enableUser', { userId: 'cleo' }), { code: 'NO_SUCH_USER' });
});

void t.test('a folder that is no tracker’s says so', async (t) => {
  const folder = testFolder(t, { file: '', empty: {} });
  const open = (name: string): Promise<AdminLink> => openLink(join(folder, name));
  await t.rejects(open('nowhere'), { code: 'FILE_NOT_FOUND', message: /nowhere/ });
  await t.rejects(open('file'), { code: 'NO_DESTINATION', message: /is no folder$/ });
  const none = {
    code: 'TRACKER_UNREACHABLE',
    message: /^no tracker runs on the data folder .*empty/,
  };
  await t.rejects(open('empty'), none);
  const tracker = await openTracker(t, { dataDir: join(folder, 'empty') });
  (await open('empty')).close();
  await tracker.close();
  await t.rejects(open('empty'), none, 'it has ended');
});

void t.test('nothing is said to what is no socket of the owner', async (t) => {
  const dataDir = testFolder(t);
  const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
  writeFileSync(path, '');
  await t.rejects(openLink(dataDir), { code: 'PERMISSION_DENIED', message: /is no socket/ });
});

void t.test('a tracker that ends before it answers is told', async (t) => {
  const dataDir = testFolder(t);
  const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
  const server = createServer((socket) => {
    socket.once('data', () => socket.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const lost = { code: 'CONNECTION_LOST', message: /it may be done/ };
  await t.rejects(openLink(dataDir), lost);
});

void t.test('who waits for a tracker that says nothing can end that', async (t) => {
  const dataDir = testFolder(t);
  const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
  const stop = new AbortController();
  const hungUp = deferred<void>();
  const server = createServer((socket) => {
    socket.once('data', () => stop.abort(new CancelledError('interrupted', 'INTERRUPTED')));
    socket.once('close', () => hungUp.resolve());
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  await t.rejects(openLink(dataDir, stop.signal), { code: 'INTERRUPTED' });
  await hungUp.promise;
});

void t.test('a tracker with a long path is found by who has other temporary files', async (t) => {
  const dataDir = join(testFolder(t), 'd'.repeat(100));
  await openTracker(t, { dataDir });
  // With room for the path of a socket.
  const other = mkdtempSync('/tmp/p2p-');
  t.teardown(() => rmSync(other, { recursive: true }));
  const { TMPDIR } = process.env;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  process.env['TMPDIR'] = other;
  await t.resolves(openLink(dataDir).then((link) => link.close()));
});

const isRoot = process.getuid?.() === 0;

void t.test('a folder of another user is refused', { skip: isRoot }, async (t) => {
  const theirs = { code: 'PERMISSION_DENIED', message: /belongs to another user/ };
  await t.rejects(openLink('/usr'), theirs);
});
