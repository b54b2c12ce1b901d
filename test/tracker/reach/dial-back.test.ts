/** Whose key is at an address: real sockets on the loopback, in TLS and in the clear. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t, { type Test } from 'tap';
import { signChallenge, signReach } from '../../../src/net/challenge.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { FrameReader } from '../../../src/net/frame-reader.js';
import { CHALLENGE_BYTES, encodeFrame, type PeerFrame } from '../../../src/net/peer-frames.js';
import { serverTlsOptions } from '../../../src/net/tls-identity.js';
import type { PeerAddress, PeerTransport } from '../../../src/net/tracker-api.js';
import { createDialBack } from '../../../src/tracker/reach/dial-back.js';

const device = createDeviceCredentials();
const deviceId = deviceIdOfCredentials(device);
const never = new AbortController().signal;

/** Listens until the end of the test. */
async function listen(t: Test, server: Server): Promise<PeerAddress> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** In the clear: greets, and answers each PROVE so. */
async function clearPeer(
  t: Test,
  answer: (nonce: Uint8Array) => readonly (PeerFrame | Buffer)[],
  greeting: PeerFrame | Buffer = { type: 'challenge', nonce: Buffer.alloc(CHALLENGE_BYTES, 1) },
): Promise<PeerAddress> {
  const server = createServer((socket) => {
    const send = (what: PeerFrame | Buffer): void =>
      void socket.write(Buffer.isBuffer(what) ? what : encodeFrame(what));
    const reader = new FrameReader((frame) => {
      if (frame.type === 'prove') answer(frame.nonce).forEach(send);
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    send(greeting);
  });
  return listen(t, server);
}

function proof(nonce: Uint8Array): PeerFrame {
  return { type: 'proof', ...signReach(device, nonce) };
}

t.test('under TLS the certificate says whose address it is, and not a byte is sent', async (t) => {
  const server = createTlsServer(serverTlsOptions(device));
  const heard: string[] = [];
  server.on('secureConnection', (socket) => {
    socket.on('data', () => heard.push('data')).on('error', () => undefined);
    if (socket.getPeerX509Certificate()) heard.push('certificate');
  });
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const dialling = createDialBack('tls')(await listen(t, server), never);
  const [socket] = await connected;
  const closed = once(socket, 'close');
  t.equal(await dialling, deviceId);
  await closed;
  t.same(heard, [], 'nor is it said who asks');
});

t.test('in the clear a signature over a fresh number does', async (t) => {
  const nonces: Uint8Array[] = [];
  const address = await clearPeer(t, (nonce) => {
    nonces.push(nonce);
    return [proof(nonce)];
  });
  const dialBack = createDialBack('tcp');
  t.equal(await dialBack(address, never), deviceId);
  t.equal(await dialBack(address, never), deviceId);
  t.notSame(nonces[0], nonces[1]);
});

const garbage = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
const challenge: PeerFrame = { type: 'challenge', nonce: Buffer.alloc(CHALLENGE_BYTES, 2) };
const lies: readonly [string, (nonce: Uint8Array) => readonly (PeerFrame | Buffer)[]][] = [
  ['a proof of another number', () => [proof(Buffer.alloc(CHALLENGE_BYTES))]],
  [
    'an answer to a challenge, which is no proof of reach',
    (nonce) => [{ type: 'proof', ...signChallenge(device, nonce, deviceId) }],
  ],
  [
    'an empty proof',
    () => [{ type: 'proof', publicKey: Buffer.alloc(0), signature: Buffer.alloc(0) }],
  ],
  ['a frame that does not belong there', () => [{ type: 'ping' }]],
  ['garbage', () => [garbage]],
];

for (const [what, answer] of lies) {
  t.test(`${what} proves nothing`, async (t) => {
    await t.rejects(createDialBack('tcp')(await clearPeer(t, answer), never));
  });
}

t.test('what greets otherwise is asked nothing', async (t) => {
  const asked: Uint8Array[] = [];
  const note = (nonce: Uint8Array): PeerFrame[] => (asked.push(nonce), []);
  await t.rejects(createDialBack('tcp')(await clearPeer(t, note, garbage), never));
  t.same(asked, []);
  const twice = (nonce: Uint8Array) => (
    note(nonce),
    asked.length < 3 ? [challenge] : [proof(nonce)]
  );
  const address = await clearPeer(t, twice);
  await t.rejects(createDialBack('tcp')(address, never), { code: 'PROTOCOL_VIOLATION' });
  t.equal(asked.length, 1, 'once');
});

for (const transport of ['tls', 'tcp'] as const satisfies readonly PeerTransport[]) {
  t.test(
    `over ${transport}: silence, a closed port and a closed connection are no proof`,
    async (t) => {
      const silent = await listen(t, createServer());
      await t.rejects(createDialBack(transport, 50)(silent, never), { name: /Abort|Timeout/ });
      const closing = await listen(
        t,
        createServer((socket) => socket.destroy()),
      );
      await t.rejects(createDialBack(transport)(closing, never));
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      await t.rejects(createDialBack(transport)({ host: '127.0.0.1', port }, never));
    },
  );

  t.test(`over ${transport}: a dial that is called off ends at once`, async (t) => {
    const silent = await listen(t, createServer());
    const calledOff = new AbortController();
    const dialling = createDialBack(transport)(silent, calledOff.signal);
    calledOff.abort();
    await t.rejects(dialling);
    await t.rejects(createDialBack(transport)(silent, calledOff.signal));
  });
}
