/** What programs import, with a real tracker: an engine in this process, and another program's use of it. */
import { join } from 'node:path';
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { P2pError } from '../../../src/net/errors.js';
import { connect as connectAlone } from '../../../src/main/programs/client.js';
import { connect, open } from '../../../src/main/programs/index.js';
import { TestSwarm } from '../../fixtures/start-swarm.js';
import { testFolder } from '../../fixtures/test-folder.js';

const listen = { host: '127.0.0.1', port: 0 };
const password = 'a pass word';

t.test('an engine of a program is found by others, and leaves nothing', async (t) => {
  const folder = testFolder(t, {});
  const swarm = await TestSwarm.start(folder);
  const home = join(folder, 'home');
  t.equal(await connect({ home }), undefined, 'nobody runs');
  const client = await open({ home, tracker: swarm.address, listen, threads: 1 });
  const events: ClientEvent['type'][] = [];
  const stop = client.events(({ type }) => events.push(type));
  await client.createUser({ userId: 'ann', password });
  await client.login({ userId: 'ann', password });
  await client.createGroup('club');
  // A machine that is busy may find the tracker silent for a moment.
  const expected = events.filter((type) => type === 'tracker-met' || type === 'logged-in');
  t.same(expected, ['tracker-met', 'logged-in']);
  stop();
  await t.rejects(client.listFiles('none'), { name: 'TrackerError', code: 'NO_SUCH_GROUP' });
  t.equal(await connect({ home }), undefined, 'it has not taken the home yet');
  t.match(await client.startServing(), { host: '127.0.0.1' });

  const other = (await connectAlone({ home, title: 'a test' }))!;
  t.match(other, { pid: process.pid, isEngineStaying: true });
  t.match(await other.whoami(), { userId: 'ann', groups: [{ groupId: 'club' }] });
  t.same(await other.listFiles('club'), []);
  const wrong = other.listFiles('none');
  await t.rejects(wrong, { code: 'NO_SUCH_GROUP' });
  t.ok((await wrong.catch((error: unknown) => error)) instanceof P2pError);
  t.notOk(other.ended.aborted);
  await other.close();
  await other.close();
  await t.rejects(other.whoami(), { code: 'CONNECTION_LOST' });

  const last = (await connect({ home }))!;
  const ended = new Promise((resolve) => last.ended.addEventListener('abort', resolve));
  await client.close();
  await client.close();
  await ended;
  t.match(last.ended.reason, { code: 'TERMINATED' });
  await last.close();
  t.equal(await connect({ home }), undefined, 'nobody runs any more');
  await swarm.close();
});

t.test('a login is kept for the next engine, unless that is not wanted', async (t) => {
  const folder = testFolder(t, {});
  const swarm = await TestSwarm.start(folder);
  const home = join(folder, 'home');
  const first = await open({ home, tracker: swarm.address, listen });
  await first.createUser({ userId: 'ann', password });
  await first.login({ userId: 'ann', password });
  await first.close();
  const second = await open({ home, listen });
  t.match(await second.whoami(), { userId: 'ann' });
  await second.close();
  const forgetful = await open({
    home: join(folder, 'other'),
    tracker: swarm.address,
    remember: false,
  });
  await forgetful.login({ userId: 'ann', password });
  await forgetful.close();
  const third = await open({ home: join(folder, 'other'), listen });
  await t.rejects(third.whoami(), { code: 'NOT_LOGGED_IN' });
  await third.close();
  await swarm.close();
});

t.test('a home that cannot be one is refused', async (t) => {
  const folder = testFolder(t, { 'a file': '' });
  await t.rejects(open({ home: join(folder, 'a file') }), { name: 'StorageError' });
});
