import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import {
  createDeviceCredentials,
  DEVICE_COMMON_NAME,
  deviceIdOfCredentials,
} from '../../src/net/device-identity.js';
import {
  clientTlsOptions,
  peerDeviceId,
  serverTlsOptions,
  trackerIdentity,
} from '../../src/net/tls-identity.js';
import { codeThrownBy } from './thrown-by.js';

const serverDevice = createDeviceCredentials();
const clientDevice = createDeviceCredentials();
const stranger = createDeviceCredentials();

/** Both ends of one connection over loopback, after both handshakes; closed with the test. */
async function connect(t: Test, options: tls.ConnectionOptions) {
  const server = tls.createServer(serverTlsOptions(serverDevice));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection');
  const client = tls.connect({ ...options, host: '127.0.0.1', port });
  t.teardown(async () => {
    client.destroy();
    server.close();
    await once(server, 'close');
  });
  await once(client, 'secureConnect');
  const [served] = (await accepted) as [tls.TLSSocket];
  t.teardown(() => served.destroy());
  return { client, served };
}

t.test('each side learns the id of the other, over TLS 1.3 with AES-128-GCM', async (t) => {
  const { client, served } = await connect(t, clientTlsOptions(clientDevice));
  t.equal(peerDeviceId(client), deviceIdOfCredentials(serverDevice));
  t.equal(peerDeviceId(served), deviceIdOfCredentials(clientDevice));
  t.equal(served.getProtocol(), 'TLSv1.3');
  t.equal(served.getCipher().name, 'TLS_AES_128_GCM_SHA256');
});

t.test('a client without a certificate is let in and has no id', async (t) => {
  const { client, served } = await connect(t, { rejectUnauthorized: false });
  t.equal(peerDeviceId(client), deviceIdOfCredentials(serverDevice));
  t.equal(
    codeThrownBy(() => peerDeviceId(served)),
    'PEER_IDENTITY',
  );
});

t.test('another key is noticed, whatever the certificate says', async (t) => {
  const { served } = await connect(t, clientTlsOptions(stranger));
  t.equal(peerDeviceId(served), deviceIdOfCredentials(stranger));
  t.not(peerDeviceId(served), deviceIdOfCredentials(clientDevice));
});

t.test('nobody can show a certificate without its key', (t) => {
  const stolen = { keyPem: stranger.keyPem, certPem: clientDevice.certPem };
  t.throws(() => tls.createSecureContext(clientTlsOptions(stolen)), /key values mismatch/);
  t.end();
});

t.test('an older TLS version is refused', async (t) => {
  const options = {
    ...clientTlsOptions(clientDevice),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  } as const;
  await t.rejects(connect(t, options));
});

t.test('a second connection is a full handshake with a full identity', async (t) => {
  const server = tls.createServer(serverTlsOptions(serverDevice), (socket) => socket.end('x'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = { ...clientTlsOptions(clientDevice), host: '127.0.0.1', port };

  const first = tls.connect(target);
  const sessions: Buffer[] = [];
  first.on('session', (session: Buffer) => sessions.push(session));
  await once(first.resume(), 'close');
  t.ok(sessions[0]);

  const second = tls.connect({ ...target, session: sessions[0] });
  await once(second, 'secureConnect');
  t.equal(second.isSessionReused(), false);
  t.equal(peerDeviceId(second), deviceIdOfCredentials(serverDevice));
  await once(second.resume(), 'close');
  server.close();
  await once(server, 'close');
});

t.test('a tracker that no authority vouches for has an id to pin', async (t) => {
  const { client } = await connect(t, clientTlsOptions(clientDevice));
  t.same(trackerIdentity(client), {
    deviceId: deviceIdOfCredentials(serverDevice),
    isVouched: false,
    flaw: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
});

t.test('a tracker is vouched for when chain and host name are valid', async (t) => {
  const trusting = { ...clientTlsOptions(clientDevice), ca: serverDevice.certPem };
  const { client } = await connect(t, { ...trusting, servername: DEVICE_COMMON_NAME });
  t.same(trackerIdentity(client), {
    deviceId: deviceIdOfCredentials(serverDevice),
    isVouched: true,
  });
});

t.test('a valid chain for another host name vouches for nothing', async (t) => {
  const trusting = { ...clientTlsOptions(clientDevice), ca: serverDevice.certPem };
  const { client } = await connect(t, { ...trusting, servername: 'tracker.example' });
  t.match(trackerIdentity(client), { isVouched: false, flaw: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});
