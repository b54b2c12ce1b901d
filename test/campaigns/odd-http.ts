/**
 * Odd requests at a tracker: request lines, headers and bodies put together by chance, whole and
 * cut, beside an honest client. Checked: the tracker lives, nothing odd is answered with success,
 * and the honest client is never refused. Its times are printed.
 */
import { connect, type TLSSocket } from 'node:tls';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { startTracker } from '../../src/tracker/tracker.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';
import { HonestClient } from '../fixtures/honest-client.js';

const LANES = 8;
const SHORT_MS = 80_000;

const methods = ['GET', 'POST', 'PRI', 'CONNECT', 'OPTIONS', 'get', 'G', '', 'GET\t', 'PUT', '\0'];
const targets = [
  ...['//', '//[', '/\\\\', 'http://', 'http://[', '//a:b@', '//:0', 'https://x:99999/', '*', '?'],
  ...['/v1', '/v1?', '/v1/', '//v1', '/%00', '/..;/v1', '/a#b', 'a:1', '', ' ', '/\u00e9', '%'],
];
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', '', 'HTTP/1.1 x'];
const headers = [
  'Host: x',
  'Host: [',
  'Host: x\r\nHost: y',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 99',
  'Sec-WebSocket-Extensions: permessage-deflate; x=;;',
  'Origin: https://evil.example',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 3\r\nContent-Length: 4',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Expect: 100-continue',
  'Expect: x',
  'A: \0',
  ': no name',
  ' folded',
  `Long: ${'x'.repeat(9_000)}`,
];
const bodies = ['', 'abc', '5\r\nab', 'zz\r\n\r\n', '\0\0\0', `${'f'.repeat(20)}\r\n`];

await runCampaign('odd-http', async (campaign) => {
  const { folder, isShort, check, say } = campaign;
  const options = { host: '127.0.0.1', port: 0, dataDir: folder, peerTransport: 'tls' } as const;
  const unforeseen: string[] = [];
  const tracker = await startTracker({
    ...options,
    log: ({ event, fields }) => {
      if (event === 'request failed') unforeseen.push(String(fields?.['reason']));
    },
  });
  const honest = await HonestClient.enter(tracker.address, 'honest');
  say(`alone: ${await honest.measure(1_000)}`);
  const beside = honest.begin();
  const odd = await throwOdd(campaign, tracker.address, isShort ? 10_000 : 1_000_000);
  say(`${odd.sent} odd requests, ${odd.answered} answered; beside them: ${await beside.end()}`);
  check(
    odd.welcomed.length === 0,
    `nothing odd is welcome ${odd.welcomed.slice(0, 3).join(' | ')}`,
  );
  check(
    honest.refusals.length === 0,
    `the honest client is never refused ${honest.refusals[0] ?? ''}`,
  );
  check(unforeseen.length === 0, `no error that nobody foresaw ${unforeseen[0] ?? ''}`);
  await honest.close();
  await tracker.close();
});

async function throwOdd({ random, isShort }: Campaign, address: PeerAddress, count: number) {
  const result = { sent: 0, answered: 0, welcomed: [] as string[] };
  const deadline = performance.now() + (isShort ? SHORT_MS : Infinity);
  const lane = async (): Promise<void> => {
    while (result.sent < count && performance.now() < deadline) {
      const text = oddText(random);
      result.sent += 1;
      const answer = await exchange(address, text, random() < 0.2);
      if (answer !== '') result.answered++;
      if (/^HTTP\/1.1 [12]/.test(answer) && !/^HTTP\/1.1 100/.test(answer)) {
        result.welcomed.push(JSON.stringify(text.slice(0, 120)));
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return result;
}

function oddText(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chosen = headers.filter(() => random() < 0.2).join('\r\n');
  const line = `${pick(methods)} ${pick(targets)} ${pick(versions)}`;
  const text = `${line}\r\n${chosen}${chosen && '\r\n'}\r\n${pick(bodies)}`;
  return random() < 0.3 ? text.slice(0, Math.floor(random() * text.length)) : text;
}

/** Sends a text on a connection of its own; resolves to what came back, at the latest soon. */
function exchange({ host, port }: PeerAddress, text: string, isReset: boolean): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('secureConnect', () => {
      socket.write(text, 'latin1');
      if (isReset) socket.destroy();
      else socket.end();
    });
  });
}
