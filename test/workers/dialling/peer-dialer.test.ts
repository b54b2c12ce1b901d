/** Dialling peers on loopback: addresses in order, the right key, and a dial that is called off. */
import { once } from 'node:events';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t, { type Test } from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { serverTlsOptions } from '../../../src/net/tls-identity.js';
import type { PeerAddress, PeerTransport } from '../../../src/net/tracker-api.js';
import { dialPeer } from '../../../src/workers/dialling/peer-dialer.js';

const credentials = createDeviceCredentials();
const theirs = createDeviceCredentials();
const peerDeviceId = deviceIdOfCredentials(theirs);

interface Listening {
  readonly address: PeerAddress;
  readonly accepted: Socket[];
  readonly server: Server;
}

async function listen(t: Test, server: Server): Promise<Listening> {
  const accepted: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    accepted.push(socket);
    socket.on('error', () => {}).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { address: { host: '127.0.0.1', port }, accepted, server };
}

/** An address at which nobody listens any more. */
async function goneAddress(t: Test): Promise<PeerAddress> {
  const { address, server } = await listen(t, createTcpServer());
  await new Promise((resolve) => server.close(resolve));
  return address;
}

function dial(
  addresses: readonly PeerAddress[],
  transport: PeerTransport,
  signal = new AbortController().signal,
) {
  const onread = { buffer: Buffer.alloc(100), callback: () => true };
  return dialPeer({ addresses, transport, credentials, peerDeviceId, onread, signal });
}

t.test('the first address that answers is taken', async (t) => {
  const [gone, first, second] = [
    await goneAddress(t),
    await listen(t, createTcpServer()),
    await listen(t, createTcpServer()),
  ];
  const dialled = await dial([gone, first.address, second.address], 'tcp');
  t.same(dialled.address, first.address);
  t.equal(second.accepted.length, 0);
  dialled.socket.destroy();
});

t.test('a peer with another key is not spoken to, and the next address is tried', async (t) => {
  const stranger = createTlsServer(serverTlsOptions(createDeviceCredentials()));
  stranger.on('tlsClientError', () => {});
  const { address } = await listen(t, stranger);
  await t.rejects(dial([address], 'tls'), { code: 'PEER_IDENTITY' });
  const right = await listen(t, createTlsServer(serverTlsOptions(theirs)));
  const dialled = await dial([address, right.address], 'tls');
  t.same(dialled.address, right.address);
  dialled.socket.destroy();
});

t.test('a peer that is at none of its addresses is unreachable', async (t) => {
  const gone = await goneAddress(t);
  await t.rejects(dial([gone, gone], 'tcp'), { code: 'PEER_UNREACHABLE' });
  await t.rejects(dial([], 'tcp'), { code: 'PEER_UNREACHABLE' });
});

t.test('a dial that is called off hangs up at once and tries no other address', async (t) => {
  const silent = await listen(t, createTcpServer());
  const next = await listen(t, createTcpServer());
  const called = new AbortController();
  const connected = once(silent.server, 'connection') as Promise<[Socket]>;
  const dialling = dial([silent.address, next.address], 'tls', called.signal);
  const [socket] = await connected;
  called.abort();
  await t.rejects(dialling, { message: 'the dial was called off' });
  await once(socket, 'close');
  t.equal(next.accepted.length, 0);
});

t.test('a dial that was called off before connects to nobody', async (t) => {
  const { address, accepted } = await listen(t, createTcpServer());
  await t.rejects(dial([address], 'tcp', AbortSignal.abort()), { code: 'PEER_UNREACHABLE' });
  t.equal(accepted.length, 0);
});
