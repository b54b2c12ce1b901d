/**
 * A proper request of a guest, or of a browser at the page, is answered the same wherever the network cuts it: each byte
 * of the request, and the records of TLS in which it and its answer come.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { WebServer } from '../../src/main/web/web-server.js';
import { everyBytes, startCuttingProxy, type NextCut } from '../fixtures/cutting-proxy.js';
import { guestScene } from '../fixtures/guest-scene.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { WebBrowser } from '../fixtures/web-browser.js';
import { surroundingsOf } from '../fixtures/web-scene.js';

/** Bytes between two cuts of a connection. */
const STRIDE = 61;

const film = sampleBytes(5_000, 'film');

/** What comes back for a request that is sent in these parts, without what tells the time. */
async function answerTo(socket: Socket, parts: readonly string[]): Promise<string> {
  socket.on('error', () => undefined).setNoDelay();
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  const closed = once(socket, 'close');
  for (const part of parts) {
    socket.write(part);
    // So that each part leaves, and is read, by itself.
    await new Promise(setImmediate);
  }
  await closed;
  return text
    .replace(/^Date: .*$/m, '')
    .replace(/__Secure-p2p-guest=[^;]*/, 'word')
    .replace(/"(uptimeMs|nowMs)":\d+/g, '');
}

function tls(port: number): Promise<Socket> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  return once(socket, 'secureConnect').then(() => socket);
}

async function tcp(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Cut at each byte, and byte by byte. */
async function cutAnywhere(t: Test, request: string, open: () => Promise<Socket>): Promise<string> {
  const whole = await answerTo(await open(), [request]);
  t.equal(await answerTo(await open(), [...request]), whole, 'byte by byte');
  let differing = 0;
  for (let at = 1; at < request.length; at++) {
    const parts = [request.slice(0, at), request.slice(at)];
    if ((await answerTo(await open(), parts)) !== whole) differing++;
  }
  t.equal(differing, 0, `none of ${request.length} cuts changes anything`);
  return whole;
}

async function sceneOfGuests(t: Test) {
  const scene = await guestScene(t);
  await scene.ann.share('film.mkv', film);
  const { path } = await scene.link('film.mkv');
  const { path: guarded } = await scene.link('film.mkv', { password: 'right' });
  const close = 'Host: x\r\nConnection: close\r\n';
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
  return {
    ...scene,
    part: `GET ${path} HTTP/1.1\r\n${close}Range: bytes=5-4000\r\n\r\n`,
    posted: `POST ${guarded} HTTP/1.1\r\n${close}${form}Content-Length: 14\r\n\r\npassword=right`,
  };
}

t.test('requests of guests are the same wherever they are cut', async (t) => {
  const { server, part, posted, unforeseen } = await sceneOfGuests(t);
  const open = () => tls(server.address.port);
  t.match(await cutAnywhere(t, part, open), /^HTTP\/1.1 206 /);
  t.match(await cutAnywhere(t, posted, open), /^HTTP\/1.1 [23]/);
  t.same(unforeseen, []);
});

t.test('and so are the records of TLS in which they come', async (t) => {
  const { server, part } = await sceneOfGuests(t);
  let nextCut: NextCut = () => Infinity;
  const proxy = await startCuttingProxy(t, {
    to: { host: '127.0.0.1', port: server.address.port },
    nextCut: () => nextCut,
  });
  const converse = async (cut: NextCut): Promise<string> => {
    nextCut = cut;
    return answerTo(await tls(proxy.port), [part]);
  };
  const whole = await converse(() => Infinity);
  t.match(whole, /^HTTP\/1.1 206 /);
  t.equal(await converse(everyBytes(1, 1)), whole, 'byte by byte');
  let differing = 0;
  for (let first = 1; first <= STRIDE; first++)
    if ((await converse(everyBytes(STRIDE, first))) !== whole) differing++;
  t.equal(differing, 0, 'each byte is a place of a cut once');
});

t.test('requests of browsers are the same wherever they are cut', async (t) => {
  const { ann, swarm } = await guestScene(t);
  const page = await WebServer.listen(0, {
    engine: ann.engine,
    surroundings: surroundingsOf(ann),
    onUnforeseen: (error) => t.fail(String(error)),
  });
  swarm.closeLater(page);
  const browser = new WebBrowser(page.port);
  await browser.open(page.newLink());
  const host = `Host: 127.0.0.1:${page.port}\r\nConnection: close\r\n`;
  const own = Object.entries(browser.pageHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = '{}';
  const length = `Content-Length: ${body.length}\r\n`;
  const call = `POST /api/engine/listGroups HTTP/1.1\r\n${host}${own.join('')}${length}\r\n${body}`;
  const open = () => tcp(page.port);
  t.match(await cutAnywhere(t, call, open), /^HTTP\/1.1 200 [^]*"result":\[/);
  const file = `GET ${browser.folder} HTTP/1.1\r\n${host}\r\n`;
  t.match(await cutAnywhere(t, file, open), /^HTTP\/1.1 200 [^]*<html/i);
});
