/** A proper request over HTTP is answered the same wherever the network cuts it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { openTracker } from '../tracker-client.js';

const requests = [
  'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
];

/** The answer to a request that comes in these parts, without what tells the time. */
async function answerTo({ host, port }: PeerAddress, parts: readonly string[]): Promise<string> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (part: string) => (text += part));
  const closed = once(socket, 'close');
  for (const part of parts) {
    socket.write(part);
    // So that each part leaves, and is read, by itself.
    await new Promise(setImmediate);
  }
  await closed;
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const { 0: status } = head.split('\r\n');
  return `${status}\n${body.replaceAll(/^(\S*(seconds|bytes|connections|_ms)\S*) .*$/gm, '$1')}`;
}

for (const request of requests) {
  t.test(`cut anywhere: ${request.split('\r\n')[0]}`, async (t) => {
    const metricsAddress = { host: '127.0.0.1', port: 0 };
    const { metricsAddress: address } = await openTracker(t, { metricsAddress });
    const whole = await answerTo(address!, [request]);
    t.match(whole, /^HTTP\/1\.1 200 /);
    t.equal(await answerTo(address!, [...request]), whole, 'byte by byte');
    for (let at = 1; at < request.length; at++) {
      const parts = [request.slice(0, at), request.slice(at)];
      t.equal(await answerTo(address!, parts), whole, `at byte ${at}`);
    }
  });
}
