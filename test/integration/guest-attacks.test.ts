/** What strangers may try at a gateway, and what comes of it: nothing, or the bytes of the one item. */
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import {
  GUEST_MISSES_BURST,
  MAX_GUEST_CONNECTIONS_PER_NETWORK,
  MAX_GUEST_FORM_BYTES,
  MAX_GUEST_HEADER_BYTES,
  MAX_GUEST_TAKING_PER_NETWORK,
} from '../../src/net/limits.js';
import { guestScene } from '../fixtures/guest-scene.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const film = sampleBytes(100_000, 'film');

async function attacked(t: Parameters<typeof guestScene>[0]) {
  const scene = await guestScene(t);
  await scene.ann.share('film.mkv', film);
  const { path } = await scene.link('film.mkv');
  /** All is as it was. */
  const isWell = async (): Promise<boolean> => (await scene.guest.ask(path)).body.equals(film);
  return { ...scene, path, isWell };
}

t.test('no address leads anywhere else', async (t) => {
  const { guest, path, isWell, unforeseen } = await attacked(t);
  const secret = path.split('/')[2]!;
  for (const way of [
    '/',
    '/etc/passwd',
    '/../../etc/passwd',
    '/g/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    `/g/${secret.slice(0, -1)}`,
    '/g/constructor',
    '/api/engine/status',
    '/healthz',
    '/metrics',
    '//',
    '/%00',
  ]) {
    t.equal((await guest.ask(way)).status, 404, way);
  }
  for (const tail of ['/../../../etc/passwd', '/..%2f..%2fetc%2fpasswd', '/%00', '?as=x', '']) {
    t.ok((await guest.ask(`/g/${secret}${tail}`)).body.equals(film), tail);
  }
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
    t.match(await guest.ask(path, { method }), { status: 405 }, method);
  }
  const foreign = { host: 'evil.example', origin: 'https://evil.example', forwarded: 'for=::1' };
  const answer = await guest.ask(path, { headers: foreign });
  t.ok(answer.body.equals(film));
  t.notMatch(JSON.stringify(answer.headers), /evil/);
  t.ok(await isWell());
  t.same(unforeseen, []);
});

t.test('requests that are none, or too much, end their connection alone', async (t) => {
  const { guest, path, isWell, link, unforeseen } = await attacked(t);
  const { path: guarded } = await link('film.mkv', { password: 'x' });
  const post = `POST ${guarded} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
  const much = 'x'.repeat(2 * MAX_GUEST_FORM_BYTES);
  const huge = 'x'.repeat(2 * MAX_GUEST_HEADER_BYTES);
  for (const bytes of [
    '\0\0\0\0\r\n\r\n',
    'GET\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    `GET ${path} HTTP/9.9\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${huge}\r\n\r\n`,
    `GET /${huge} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`,
    `CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n`,
    `${post}Content-Length: ${much.length}\r\n\r\n${much}`,
    `${post}Transfer-Encoding: chunked\r\n\r\n${much.length.toString(16)}\r\n${much}\r\n0\r\n\r\n`,
  ]) {
    t.notMatch(await guest.send(bytes), /^HTTP\/1.1 2/, JSON.stringify(bytes.slice(0, 60)));
  }
  const bomb = await guest.ask(path, { headers: { range: `bytes=${'0-0,'.repeat(1_000)}1-1` } });
  t.equal(bomb.body.length, film.length, 'many ranges are none');
  t.ok(await isWell());
  t.same(unforeseen, []);
});

t.test('an address has so many connections, whether it speaks TLS or nothing', async (t) => {
  const { server, isWell } = await attacked(t);
  const { port } = server.address;
  const sockets = Array.from({ length: MAX_GUEST_CONNECTIONS_PER_NETWORK }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const further = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(further, 'close');
  t.ok(sockets.every(({ destroyed }) => !destroyed));
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
  let isIn = false;
  while (!isIn) isIn = await isWell().catch(() => false);
  t.ok(isIn);
});

t.test('whoever guesses is not looked at any more', async (t) => {
  const { guest, path } = await attacked(t);
  const statuses: number[] = [];
  for (let guess = 0; guess < GUEST_MISSES_BURST + 5; guess++) {
    const way = `/g/${String(guess).padStart(43, 'A')}`;
    statuses.push((await guest.ask(way)).status);
  }
  t.ok(statuses.slice(0, GUEST_MISSES_BURST).every((status) => status === 404));
  t.ok(statuses.includes(429));
  t.equal((await guest.ask(path)).status, 200, 'who has a link is not locked out by who has none');
});

t.test('passwords are not guessed', async (t) => {
  const { guest, link } = await attacked(t);
  const { path } = await link('film.mkv', { password: 'right' });
  const statuses: number[] = [];
  // On a slow machine one more is allowed now and then while others are looked at.
  while (!statuses.includes(429)) {
    const guess = statuses.length;
    const authorization = `Basic ${Buffer.from(`:guess ${guess}`).toString('base64')}`;
    statuses.push((await guest.ask(path, { headers: { authorization } })).status);
  }
  t.ok(statuses.length > GUEST_MISSES_BURST);
  t.ok(statuses.slice(0, -1).every((status) => status === 401));
});

t.test('who asks for more before it is answered gets nothing, and costs nothing', async (t) => {
  const { ann, guest, link, takenOf, unforeseen } = await guestScene(t);
  await ann.share('long', sampleBytes(4 * 1024 * 1024, 'long'));
  const { path, id } = await link('long');
  const asked = `GET ${path} HTTP/1.1\r\nHost: x\r\nRange: bytes=1-\r\n\r\n`;
  const answer = await guest.send(asked.repeat(500));
  t.equal(answer, '');
  t.equal(await takenOf(id), 0);
  const looks = `HEAD ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  t.equal(await guest.send(looks + asked), '');
  const socket = await guest.connect();
  for (let turn = 0; turn < 2; turn++) {
    socket.write(looks);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    t.match(bytes.toString(), /^HTTP\/1.1 200/, 'one after the other is fine');
  }
  socket.destroy();
  t.same(unforeseen, []);
});

t.test('a network takes so much at a time', async (t) => {
  const { ann, guest, link } = await guestScene(t);
  await ann.share('long', sampleBytes(24 * 1024 * 1024, 'long'));
  const { path } = await link('long');
  const begin = () => guest.begin(path);
  const running = await Promise.all(Array.from({ length: MAX_GUEST_TAKING_PER_NETWORK }, begin));
  t.ok(running.every(({ statusCode }) => statusCode === 200));
  t.equal((await guest.ask(path)).status, 429);
  t.equal((await guest.ask(path, { method: 'HEAD' })).status, 200);
  for (const answer of running) answer.on('error', () => undefined).destroy();
  let status = 429;
  while (status === 429) ({ status } = await guest.ask(path, { headers: { range: 'bytes=9-9' } }));
  t.equal(status, 206);
});
