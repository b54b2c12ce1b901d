/** The look at the network, with a real tracker and client on the loopback. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startSwarm } from '../fixtures/start-swarm.js';
import { testFolder } from '../fixtures/test-folder.js';

t.test('a client that serves, and one that does not yet, hear how they are reached', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { isInLan: true });
  const report = await ann.engine.checkNetwork();
  const port = report.listening[0]?.port;
  const tracker = { state: 'reached', seen: '127.0.0.1' };
  const reach = { state: 'local', addresses: [{ host: '127.0.0.1', port }] };
  t.match(report, { kind: 'this-machine', tracker, reach, router: { state: 'off' } });
  t.match(report.lan, { state: 'on' });
  t.match(report.tried, [{ host: '127.0.0.1', port, outcome: 'answered' }]);

  const bob = await swarm.client('bob', { isServing: false });
  t.equal((await bob.engine.status()).listening, undefined);
  t.match(await bob.engine.checkNetwork(), { kind: 'this-machine', reach: { state: 'local' } });
  t.not((await bob.engine.status()).listening, undefined, 'it serves from then on');
});

t.test('without a login, or without the tracker, it says so', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.openClient('ann');
  const { kind, tracker } = await ann.engine.checkNetwork();
  t.match([kind, tracker], ['unknown', { state: 'away', error: { code: 'NOT_LOGGED_IN' } }]);
});

t.test(
  'the machine is looked at with and without a login, and nothing is left in its folders',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const downloads = testFolder(t, {});
    const look = await ann.engine.lookAtMachine(downloads);
    t.match(look, { nodeVersion: process.version, destination: { path: downloads } });
    const errors = [look.home.error, look.destination.error, look.libraryError];
    t.same(errors, [undefined, undefined, undefined]);
    t.same(await readdir(downloads), []);
    const { tracker } = await ann.engine.checkNetwork();
    t.match(tracker, { state: 'reached', version: look.version }, 'the tracker tells its version');
    const bob = await swarm.openClient('bob');
    const missing = join(downloads, 'missing');
    const { destination } = await bob.engine.lookAtMachine(missing);
    t.match(destination, { path: missing, error: { code: 'NO_DESTINATION' } });
  },
);
