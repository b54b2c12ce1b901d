import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import t, { type Test } from 'tap';
import { ADMIN_VERSION, adminParams, adminSocketOf } from '../../../src/net/admin-api.js';
import { MAX_ADMIN_CALLERS } from '../../../src/net/limits.js';
import { commonSocketPath } from '../../../src/net/socket-path.js';
import { isTrackerMethod } from '../../../src/tracker/params.js';
import type { LogEntry } from '../../../src/tracker/log.js';
import { enter, openTracker } from '../tracker-client.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** What stands on the socket of a tracker, line by line. */
async function dial(t: Test, dataDir: string) {
  const socket = connectTo(await commonSocketPath(adminSocketOf(dataDir), { isMade: false }));
  t.teardown(() => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // What was not read when the tracker ends makes it a reset.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const ask = async (method: string, params: unknown): Promise<Record<string, unknown>> => {
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return JSON.parse(bytes.toString()) as Record<string, unknown>;
  };
  return { socket, ask, closed };
}

void t.test('only its owner can open the socket, which goes with the tracker', async (t) => {
  const dataDir = testFolder(t);
  const tracker = await openTracker(t, { dataDir });
  const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
  const stats = await stat(path);
  t.ok(stats.isSocket());
  t.equal(stats.mode & 0o777, 0o600);
  await tracker.close();
  await t.rejects(stat(path), { code: 'ENOENT' });
});

void t.test('nothing is answered before the versions are known to be the same', async (t) => {
  const dataDir = testFolder(t);
  await openTracker(t, { dataDir });
  const { ask } = await dial(t, dataDir);
  const differ = { error: { message: /command line and the running tracker differ/ } };
  t.match(await ask('users', {}), differ);
  t.match(await ask('hello', { version: ADMIN_VERSION + 1 }), differ);
  t.match(await ask('hello', {}), differ);
  t.match(await ask('hello', { version: ADMIN_VERSION }), { result: { version: ADMIN_VERSION } });
  t.match(await ask('users', {}), { result: { items: [] } });
});

void t.test('none of it can be reached over the network', async (t) => {
  const dataDir = testFolder(t);
  const tracker = await openTracker(t, { dataDir });
  const { client } = await enter(tracker, 'anna');
  for (const method of Object.keys(adminParams)) {
    t.notOk(isTrackerMethod(method), method);
    const params = { userId: 'anna', reason: '', version: ADMIN_VERSION };
    await t.rejects(client.callRaw(method, params), { code: 'BAD_REQUEST' }, method);
  }
  t.match(await client.call('listMemberships', {}), { items: [] }, 'anna is still in');
});

void t.test('a caller that stays holds up neither others nor the end', async (t) => {
  const dataDir = testFolder(t);
  const tracker = await openTracker(t, { dataDir });
  const silent = await dial(t, dataDir);
  const busy = await dial(t, dataDir);
  await busy.ask('hello', { version: ADMIN_VERSION });
  const gone = Promise.all([silent.closed, busy.closed]);
  busy.socket.write('no message\n');
  silent.socket.on('data', () => undefined);
  await tracker.close();
  await gone;
});

void t.test('so many at a time are let in', async (t) => {
  const dataDir = testFolder(t);
  await openTracker(t, { dataDir });
  for (let n = 0; n < MAX_ADMIN_CALLERS; n++) {
    const { ask } = await dial(t, dataDir);
    await ask('hello', { version: ADMIN_VERSION });
  }
  const { socket, closed } = await dial(t, dataDir);
  socket.resume();
  await closed;
});

void t.test('a tracker that can have no socket works without', async (t) => {
  const dataDir = testFolder(t);
  const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
  mkdirSync(path);
  t.teardown(() => rmdirSync(path));
  const logged: LogEntry[] = [];
  const tracker = await openTracker(t, { dataDir, log: (entry) => void logged.push(entry) });
  t.match(logged, [{ level: 'warn', event: 'no commands of the operator are taken' }]);
  await enter(tracker, 'anna');
});
