/** Where clients are found: a real tracker that dials real clients, and liars. */
import { once } from 'node:events';
import { createServer, isIPv4, type AddressInfo, type Socket } from 'node:net';
import t from 'tap';
import { scopeOf } from '../../src/net/address-scope.js';
import { deferred } from '../../src/net/deferred.js';
import { KiB } from '../../src/net/limits.js';
import { ownAddresses } from '../../src/net/own-addresses.js';
import { createDialBack } from '../../src/tracker/reach/dial-back.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP, PASSWORD } from '../fixtures/swarm-names.js';
import { connect, createDevice } from '../tracker/tracker-client.js';

const content = sampleBytes(600 * KiB);
const LIARS = 50;
const ACCOUNTS = 5;

t.test(
  `${LIARS} liars send nobody but the tracker to a silent victim, and that once`,
  async (t) => {
    let dials = 0;
    const sockets = new Set<Socket>();
    const victim = createServer((socket) => {
      dials++;
      sockets.add(socket);
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(victim, 'listening');
    const addresses = [{ host: '127.0.0.1', port: (victim.address() as AddressInfo).port }];
    const swarm = await startSwarm(t);
    swarm.closeLater({
      close: async () => {
        for (const socket of sockets) socket.destroy();
        victim.close();
        await once(victim, 'close');
      },
    });
    const ann = await swarm.client('ann');
    const { fileId } = await ann.share('film', content);
    for (let n = 0; n < ACCOUNTS; n++) await swarm.member(`liar-${n}`);
    const liars: Awaited<ReturnType<typeof connect>>[] = [];
    // One after the other, as the tracker wants it of one address.
    while (liars.length < LIARS) {
      const liar = await connect(swarm.address, createDevice().credentials);
      await liar.call('login', { userId: `liar-${liars.length % ACCOUNTS}`, password: PASSWORD });
      liars.push(liar);
    }
    swarm.closeLater({
      close: async () => void (await Promise.all(liars.map((one) => one.close()))),
    });
    const lie = async (liar: (typeof liars)[number]): Promise<void> => {
      await liar.call('goOnline', { addresses: Array.from({ length: 8 }, () => addresses[0]!) });
      await liar.call('announce', { files: [{ groupId: GROUP, fileId, state: 'complete' }] });
    };
    await Promise.all(liars.map(lie));
    const bob = await swarm.client('bob');
    const { peers } = await bob.download('film');
    await Promise.all(liars.map(lie));
    t.same(
      peers.map(({ userId }) => userId),
      ['ann'],
      'the downloader met nobody else',
    );
    t.equal(dials, 1);
  },
);

for (const transport of ['tls', 'tcp'] as const) {
  t.test(
    `over ${transport} a client waits for no dial, and is found when it is done`,
    async (t) => {
      const gate = deferred<void>();
      const dialBack = createDialBack(transport);
      const swarm = await startSwarm(t, {
        transport,
        dialBack: (address, signal) => gate.promise.then(() => dialBack(address, signal)),
      });
      const ann = await swarm.client('ann');
      await ann.share('film', content);
      t.match(await ann.engine.status(), { sharedFiles: 1 }, 'it serves');
      const bob = await swarm.client('bob');
      const id = await bob.start('film');
      const waiting = await bob.progress(id);
      t.same(waiting.peers, [], 'nobody is sent to it yet');
      gate.resolve();
      t.match(await bob.finish(id), { fetched: content.length });
    },
  );
}

t.test('a client that the tracker cannot reach is told so', async (t) => {
  const refused = Object.assign(new Error('firewall'), { code: 'ETIMEDOUT' });
  const swarm = await startSwarm(t, { dialBack: () => Promise.reject(refused) });
  const ann = await swarm.client('ann', { host: '::' });
  await ann.whenLogged(/^others reach you by calls, or, .*: no answer at 127\.0\.0\.1:\d+/);
  await ann.share('film', content);
  t.match(await ann.engine.status(), { sharedFiles: 1 }, 'and goes on all the same');
});

t.test('where others reach a client is told at once', async (t) => {
  const swarm = await startSwarm(t);
  const port = 0;
  const ann = await swarm.client('ann', { host: '::', port });
  const own = ownAddresses().find(({ host }) => scopeOf(host) === 'private' && isIPv4(host));
  if (!own) return t.comment('this machine has no address but loopback');
  await ann.whenLogged(/^others reach you at .*\(tried from this machine\)/);
  const { reach } = await ann.engine.status();
  t.equal(reach.state, 'reached');
});
