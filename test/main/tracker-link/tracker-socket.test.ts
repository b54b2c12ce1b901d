/** Dialling a tracker that ends the connection before it is one. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { TrackerSocket } from '../../../src/main/tracker-link/tracker-socket.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { TrackerAddresses } from '../../../src/main/tracker-link/tracker-addresses.js';

const credentials = createDeviceCredentials();
const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

t.test(
  'a connection that ends while the key is looked up ends the attempt, and leaves nothing',
  async (t) => {
    const server = createServer({ key: credentials.keyPem, cert: credentials.certPem });
    const ended: Promise<unknown>[] = [];
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => undefined);
      ended.push(once(socket, 'close'));
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const before = timers();
    const target = {
      addresses: new TrackerAddresses({ said: [{ host: '127.0.0.1', port }] }),
      credentials: createDeviceCredentials(),
      knownTrackers: {
        howMet: () => Promise.resolve(undefined),
        judge: async () => {
          await Promise.all(ended);
          // Time for the end to come over; without it the upgrade would meet it, and fail as well.
          await sleep(50);
        },
        check: () => t.fail('what is no tracker is not noted'),
      } as never,
      pingIntervalMs: 60_000,
      upgradeMs: 60_000,
    };
    const events = {
      early: () => [],
      onEarlySent: () => t.fail('nothing went out'),
      onSignOfLife: () => undefined,
      onHeartbeat: () => undefined,
      onText: () => undefined,
      onClosed: () => t.fail('it was never open'),
    };
    const { signal } = new AbortController();
    await t.rejects(TrackerSocket.dial(target, signal, events), { code: 'ECONNRESET' });
    t.equal(timers(), before, 'no timer keeps the process alive');
  },
);
