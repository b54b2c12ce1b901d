import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import t from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { serverTlsOptions } from '../../../src/net/tls-identity.js';
import { showsKey } from '../../../src/main/tracker-link/shows-key.js';

t.test('a key counts where it is shown', async (t) => {
  const credentials = createDeviceCredentials();
  const server = createServer(serverTlsOptions(credentials), (socket) =>
    socket.on('error', () => undefined),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const at = { host: '127.0.0.1', port };
  t.equal(await showsKey(at, deviceIdOfCredentials(credentials)), true);
  t.equal(await showsKey(at, deviceIdOfCredentials(createDeviceCredentials())), false);
});

t.test('nobody, and who talks otherwise, show none', async (t) => {
  const server = createTcpServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('hello\n'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.equal(await showsKey({ host: '127.0.0.1', port }, 'ab'.repeat(32)), false);
  server.close();
  await once(server, 'close');
  t.equal(await showsKey({ host: '127.0.0.1', port }, 'ab'.repeat(32)), false);
});
