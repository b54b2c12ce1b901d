/** Bytes that are no proper request cost the connection they come on, never the tracker. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { openTracker } from '../tracker-client.js';

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
const odd: readonly [string, string][] = [
  ['two slashes', 'GET // HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an open bracket', 'GET //[ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['backslashes', 'GET /\\\\ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['half a URL', 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a port out of range', 'GET https://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a user without a host', 'GET //a:b@ HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['no request at all', '\u0000\u0001\u0002\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['a negative length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk without a size', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['headers without an end', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(4_000)}`],
  ['an expectation', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\n\r\n'],
  ['an upgrade of another path', `GET /v2 HTTP/1.1\r\nHost: x\r\n${upgrade}${key}\r\n`],
  ['an upgrade of an odd path', `GET // HTTP/1.1\r\nHost: x\r\n${upgrade}${key}\r\n`],
  [
    'an upgrade with calls that are none',
    `GET /v1 HTTP/1.1\r\nHost: x\r\n${upgrade}${key}Sec-WebSocket-Version: 13\r\np2p-calls: {}\r\n\r\n`,
  ],
  ['an upgrade without a key', `GET /v1 HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`],
  [
    'an upgrade to something else',
    'GET /v1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  ],
];

async function dial(t: Test, { host, port }: PeerAddress): Promise<TLSSocket> {
  const socket = connect({ host, port, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** What comes back on a connection of its own until the other side ends it. */
async function exchange(t: Test, address: PeerAddress, text: string): Promise<string> {
  const socket = await dial(t, address);
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  const ended = once(socket, 'close');
  socket.write(text, 'latin1');
  socket.end();
  await ended;
  return answer;
}

void t.test('odd requests are answered or dropped, and the next one is served', async (t) => {
  const { address } = await openTracker(t);
  for (const [what, text] of odd) {
    t.notMatch(await exchange(t, address, text), /^HTTP\/1.1 2/, what);
    const health = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    t.match(await exchange(t, address, health), /^HTTP\/1.1 200/, `after ${what}`);
  }
});

void t.test('a connection that is reset in the middle of anything is one connection', async (t) => {
  const { address } = await openTracker(t);
  for (const [, text] of odd) {
    for (const length of [1, Math.floor(text.length / 2), text.length]) {
      const tcp = connectTcp(address);
      const socket = connect({ socket: tcp, rejectUnauthorized: false });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      socket.write(text.slice(0, length), 'latin1');
      tcp.resetAndDestroy();
      await once(tcp, 'close');
      socket.destroy();
    }
  }
  const health = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  t.match(await exchange(t, address, health), /^HTTP\/1.1 200/);
});

void t.test('a page of a browser does not get in, a client does', async (t) => {
  const { address } = await openTracker(t);
  const version = 'Sec-WebSocket-Version: 13\r\n';
  const head = `GET /v1 HTTP/1.1\r\nHost: x\r\n${upgrade}${key}${version}`;
  const origins = ['https://evil.example', `https://${address.host}:${address.port}`, 'null', ''];
  for (const origin of origins) {
    const answer = await exchange(t, address, `${head}Origin: ${origin}\r\n\r\n`);
    t.match(answer, /^HTTP\/1.1 403/, `from ${origin || 'nowhere'}`);
  }
  t.match(await exchange(t, address, `${head}\r\n`), /^HTTP\/1.1 101/);
});
