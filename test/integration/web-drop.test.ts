/** Files whose content a browser brings, before a real client: what is shared of them, and what is left of others. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import t from 'tap';
import { MAX_WEB_DROPS, MiB } from '../../src/net/limits.js';
import { GROUP } from '../fixtures/swarm-names.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { WebBrowser } from '../fixtures/web-browser.js';
import { webScene } from '../fixtures/web-scene.js';

const WAY = `/api/drop?group=${GROUP}&name=film.mkv`;

function dropHeaders(browser: WebBrowser): Record<string, string> {
  return { ...browser.pageHeaders, 'content-type': 'application/octet-stream' };
}

async function spoolOf(client: SwarmClient): Promise<string[]> {
  return readdir(client.path('home/spool')).catch(() => []);
}

/** A request whose body has begun to come; its socket, of which nothing else is known. */
function begun(port: number, headers: Record<string, string>, length: number, body = 'a film') {
  const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}`);
  const head = [`POST ${WAY} HTTP/1.1`, `host: 127.0.0.1:${port}`, ...lines];
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(`${head.join('\r\n')}\r\ncontent-length: ${length}\r\n\r\n${body}`);
  return socket;
}

/** All that comes of it until it ends. */
async function answerOf(socket: ReturnType<typeof begun>): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => (text += String(part)));
  await once(socket, 'close');
  return text;
}

t.test('what a browser brings is shared under its name, and others get it', async (t) => {
  const { swarm, ann, browser, unforeseen } = await webScene(t);
  const content = 'a film, '.repeat(300_000);
  const asked = { groupId: GROUP, name: 'film.mkv', size: content.length };
  t.match((await browser.call('page/mayDrop', asked)).lines(), [{ result: null }]);
  t.match((await browser.send('POST', WAY, dropHeaders(browser), content)).lines(), [
    { result: { name: 'film.mkv', size: content.length, outcome: 'created' } },
  ]);
  const [file] = await spoolOf(ann);
  t.equal(await readFile(ann.path(`home/spool/${file}`), 'utf8'), content);
  const ben = await swarm.client('ben');
  await ben.download('film.mkv');
  t.equal(String(await ben.read('film.mkv')), content);

  const other = await browser.send('POST', WAY, dropHeaders(browser), 'another film');
  t.match(other.lines(), [{ error: { code: 'NAME_TAKEN' } }]);
  t.same(await spoolOf(ann), [file], 'nothing is left of what was not shared');
  t.match((await browser.send('POST', `${WAY}&replace=yes`, dropHeaders(browser), 'new')).lines(), [
    { result: { outcome: 'replaced' } },
  ]);
  t.match((await browser.send('POST', WAY, dropHeaders(browser), 'new')).lines(), [
    { result: { outcome: 'already-shared' } },
  ]);
  const empty = WAY.replace('film.mkv', 'nothing.txt');
  t.match((await browser.send('POST', empty, dropHeaders(browser))).lines(), [
    { result: { name: 'nothing.txt', size: 0 } },
  ]);
  t.same(unforeseen, []);
});

t.test('nobody but the page brings anything, and nothing but a file', async (t) => {
  const { ann, page, browser, unforeseen } = await webScene(t);
  const good = dropHeaders(browser);
  const wrong: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['POST', WAY, { ...good, origin: 'http://evil.example' }, 403],
    ['POST', WAY, { ...good, origin: 'null' }, 403],
    ['POST', WAY, { ...good, 'sec-fetch-site': 'cross-site' }, 403],
    ['POST', WAY, { ...good, 'sec-fetch-site': 'same-site' }, 403],
    ['POST', WAY, { ...good, host: 'evil.example' }, 421],
    ['POST', WAY, { ...good, 'content-type': 'text/plain' }, 403],
    ['POST', WAY, { ...good, 'content-type': 'multipart/form-data; boundary=x' }, 403],
    ['POST', WAY, { ...good, 'content-type': 'application/json' }, 403],
    ['POST', WAY, { ...good, cookie: 'other=1' }, 401],
    ['POST', WAY, { ...good, 'p2p-page': 'x' }, 401],
    ['PUT', WAY, good, 405],
    ['GET', WAY, good, 405],
    // As a call it is none.
    ['POST', '/api/engine/upload', good, 403],
    ['POST', `/api/drop/../drop?group=${GROUP}&name=x`, good, 403],
    ['POST', WAY.replace('film.mkv', '..%2f..%2fx'), good, 200],
    ['POST', WAY.replace('film.mkv', 'a%00b'), good, 200],
    ['POST', `${WAY}&name=y`, good, 200],
    ['POST', '/api/drop', good, 200],
    ['POST', WAY.replace(GROUP, 'none'), good, 200],
    ['POST', WAY, { ...good, 'transfer-encoding': 'chunked' }, 200],
    ['POST', WAY, { ...good, 'content-encoding': 'gzip' }, 200],
  ];
  for (const [method, path, headers, status] of wrong) {
    const answer = await browser.send(method, path, headers, 'a film');
    t.equal(answer.status, status, `${method} ${path} ${JSON.stringify(headers)}`);
    if (status === 200) t.match(answer.lines(), [{ error: { message: String } }]);
  }
  const huge = begun(page.port, good, Number.MAX_SAFE_INTEGER);
  t.match(await answerOf(huge), /"DISK_FULL"/, 'a file has to fit');
  t.match(
    (await browser.call('page/mayDrop', { groupId: GROUP, name: 'x', size: 2 ** 52 })).lines(),
    [{ error: { code: 'DISK_FULL' } }],
  );
  t.same(await spoolOf(ann), []);
  t.same(await ann.engine.listFiles(GROUP), []);
  t.same(unforeseen, []);
});

t.test('a request within a request is none', async (t) => {
  const { ann, page, browser } = await webScene(t);
  const host = `host: 127.0.0.1:${page.port}`;
  const lines = Object.entries(dropHeaders(browser)).map(([key, value]) => `${key}: ${value}`);
  const inner = [`POST ${WAY} HTTP/1.1`, host, ...lines, 'content-length: 1', '', 'x'].join('\r\n');
  const both = (...lengths: string[]): string =>
    [`POST ${WAY} HTTP/1.1`, host, ...lines, ...lengths, '', `0\r\n\r\n${inner}`].join('\r\n');
  const forms = [
    both('content-length: 5', 'transfer-encoding: chunked'),
    both('transfer-encoding: chunked', 'content-length: 5'),
    both('content-length: 5', 'content-length: 6'),
    both('content-length: 5', 'content-length : 5'),
    both('transfer-encoding: xchunked'),
    both('transfer-encoding: chunked', 'transfer-encoding: identity'),
    both('transfer-encoding:\tchunked'),
    both('content-length: 5\r\n transfer-encoding: chunked'),
    both('content-length: 18446744073709551621'),
    both('content-length: -5'),
    both('content-length: 5,5'),
    both('content-length: 5\nx: y'),
    // What follows a whole drop on its connection is not looked at.
    [`POST ${WAY} HTTP/1.1`, host, ...lines, 'content-length: 300', '', inner].join('\r\n'),
  ];
  for (const form of forms) {
    const socket = connect(page.port, '127.0.0.1').on('error', () => undefined);
    socket.end(form);
    const text = await answerOf(socket);
    t.notMatch(text, /"result"/, JSON.stringify(form.slice(form.indexOf('\r\n\r\n') - 60, 600)));
    t.ok(text.split('HTTP/1.1 ').length <= 2, 'one answer at most');
  }
  await page.close();
  t.same(await spoolOf(ann), []);
  t.same(await ann.engine.listFiles(GROUP), []);
});

t.test('nothing is left of a drop that is cut off, or when the page closes', async (t) => {
  const { ann, page, browser, unforeseen } = await webScene(t);
  const cut = begun(page.port, dropHeaders(browser), 1_000);
  await once(cut, 'data');
  cut.destroy();
  // Its turn is over once the server has seen that.
  let answer = '';
  do answer = (await browser.send('POST', WAY, dropHeaders(browser), 'whole')).text;
  while (answer.includes('BUSY'));
  t.match(answer, /"result"/);
  const [file] = await spoolOf(ann);
  t.equal(await readFile(ann.path(`home/spool/${file}`), 'utf8'), 'whole');

  const closed = begun(page.port, dropHeaders(browser), 1_000);
  await once(closed, 'data');
  const ended = once(closed.resume(), 'close');
  await page.close();
  await ended;
  t.same(await spoolOf(ann), [file]);
  t.equal((await ann.engine.listFiles(GROUP)).length, 1);
  t.same(unforeseen, []);
});

t.test('a browser that brings nothing for too long is given up', async (t) => {
  const giveUp: (() => void)[] = [];
  const patience = {
    waitMs: 1,
    later: (_waitMs: number, work: () => void) => {
      giveUp.push(work);
      return () => undefined;
    },
  };
  const { ann, page, browser } = await webScene(t, { patience });
  const socket = begun(page.port, dropHeaders(browser), 1_000);
  const answer = answerOf(socket);
  // It waits for the first bytes, and then for more.
  while (giveUp.length < 2) await new Promise((resolve) => setImmediate(resolve));
  giveUp.at(-1)?.();
  t.match(await answer, /"code":"TIMEOUT"/);
  t.same(await spoolOf(ann), []);
  t.same(await ann.engine.listFiles(GROUP), []);
});

t.test('who brings all of a file before it listens hears why it was refused', async (t) => {
  const { ann, page, browser } = await webScene(t);
  const content = Buffer.alloc(32 * MiB);
  const lines = Object.entries(dropHeaders(browser)).map(([key, value]) => `${key}: ${value}`);
  const way = WAY.replace(GROUP, 'none');
  const head = [`POST ${way} HTTP/1.1`, `host: 127.0.0.1:${page.port}`, ...lines];
  const socket = connect(page.port, '127.0.0.1').pause();
  socket.write(`${head.join('\r\n')}\r\ncontent-length: ${content.length}\r\n\r\n`);
  await new Promise<void>((resolve, reject) =>
    socket.write(content, (error) => (error ? reject(error) : resolve())),
  );
  t.match(await answerOf(socket.resume()), /"NOT_A_MEMBER"/);
  t.same(await spoolOf(ann), []);
});

t.test('one at a time for each login, and few in all', async (t) => {
  const { page, browser } = await webScene(t);
  const browsers = [browser];
  while (browsers.length < MAX_WEB_DROPS) {
    const one = new WebBrowser(page.port);
    await one.open(page.newLink());
    browsers.push(one);
  }
  const sockets = browsers.map((one) => begun(page.port, dropHeaders(one), 1_000));
  for (const socket of sockets) await once(socket, 'data');
  t.match((await browser.send('POST', WAY, dropHeaders(browser), 'more')).lines(), [
    { error: { code: 'BUSY' } },
  ]);
  const last = new WebBrowser(page.port);
  await last.open(page.newLink());
  t.match((await last.send('POST', WAY, dropHeaders(last), 'more')).lines(), [
    { error: { code: 'BUSY' } },
  ]);
  t.match((await last.call('engine/status')).lines(), [{ result: { userId: 'ann' } }]);
  for (const socket of sockets) socket.destroy();
});
