/** The page's server before a real client with a real tracker. */
import { connect } from 'node:net';
import { once } from 'node:events';
import t from 'tap';
import { WebServer } from '../../src/main/web/web-server.js';
import { MAX_WEB_BODY_BYTES, MAX_WEB_LISTENERS } from '../../src/net/limits.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { WebBrowser } from '../fixtures/web-browser.js';
import { surroundingsOf, webScene } from '../fixtures/web-scene.js';

t.test('a link logs one browser in, once', async (t) => {
  const { page } = await webScene(t);
  const link = page.newLink();
  const first = await new WebBrowser(page.port).open(link);
  t.match(first, { status: 303, headers: { location: /^\/[0-9a-f]{32}\/#[\w-]{43}$/ } });
  t.match(first.headers['set-cookie'], [/; HttpOnly; SameSite=Strict$/]);
  t.match(await new WebBrowser(page.port).open(link), {
    status: 403,
    text: /make a new one with: p2p web/,
  });
});

t.test('whoever has the page may call the engine, and nobody else', async (t) => {
  const { page, browser } = await webScene(t);
  t.match((await browser.call('engine/status')).lines(), [{ result: { userId: 'ann' } }]);
  t.match((await browser.call('engine/describeGroups')).lines(), [
    { result: [{ groupId: GROUP, role: 'owner' }] },
  ]);
  t.match(await new WebBrowser(page.port).call('engine/status'), { status: 401 });
  const withoutCookie = { ...browser.pageHeaders, cookie: 'other=1' };
  t.match(await browser.send('POST', '/api/engine/status', withoutCookie, '{}'), { status: 401 });
  const foreign = { ...browser.pageHeaders, origin: 'http://evil.example' };
  t.match(await browser.send('POST', '/api/engine/status', foreign, '{}'), { status: 403 });
  const renamed = { ...browser.pageHeaders, host: 'evil.example' };
  t.match(await browser.send('POST', '/api/engine/status', renamed, '{}'), { status: 421 });
  t.match(await browser.send('GET', '/api/engine/status', browser.pageHeaders), { status: 405 });
  t.match(await browser.call('page/logout'), { status: 204 });
  t.match(await browser.call('engine/status'), { status: 401 }, 'logged out');
});

t.test('what cannot be done is told as an error, and costs that call only', async (t) => {
  const { browser, unforeseen } = await webScene(t);
  const wrong: readonly (readonly [string, string])[] = [
    ['/api/engine/nothing', '{}'],
    ['/api/engine/constructor', '{}'],
    ['/api/engine/__proto__', '{}'],
    ['/api/page/constructor', '{}'],
    ['/api/page/nothing', '{}'],
    ['/api/', '{}'],
    ['/api/engine/listFiles', '{"groupId":7}'],
    ['/api/engine/listFiles', 'null'],
    ['/api/engine/listFiles', '[]'],
    ['/api/engine/listFiles', '{'],
    ['/api/engine/listFiles', ''],
    ['/api/page/join', '{"link":"p2p://x"}'],
    ['/api/engine/upload', '{"path":"relative","groupId":"g","sha256":false}'],
    ['/api/engine/listFiles', JSON.stringify({ groupId: 'x'.repeat(MAX_WEB_BODY_BYTES) })],
  ];
  for (const [path, body] of wrong) {
    const answer = await browser.send('POST', path, browser.pageHeaders, body);
    t.match(answer.lines(), [{ error: { code: /^BAD_/, message: String } }], `${path} ${body}`);
  }
  t.match((await browser.call('engine/listFiles', { groupId: 'none' })).lines(), [
    { error: { code: 'NO_SUCH_GROUP' } },
  ]);
  t.same(unforeseen, []);
  t.match((await browser.call('engine/status')).lines(), [{ result: {} }]);
});

t.test('bytes that are no request end their connection alone', async (t) => {
  const { page, browser } = await webScene(t);
  const texts = ['\0\0\0\0\r\n\r\n', 'GET // HTTP/1.1\r\n\r\n', 'POST /api/x HTTP/9.9\r\n\r\n'];
  for (const text of texts) {
    const socket = connect(page.port, '127.0.0.1').on('error', () => undefined);
    socket.end(text);
    socket.resume();
    await once(socket, 'close');
  }
  for (const path of [
    '/',
    '/page.js',
    '/..%2f..%2fetc/passwd',
    '/../page.js',
    '//',
    '/constructor',
    '/%00',
  ]) {
    t.match(await browser.send('GET', path, { host: `127.0.0.1:${page.port}` }), { status: 404 });
  }
  t.match((await browser.call('engine/status')).lines(), [{ result: {} }]);
});

t.test('every answer forbids what is foreign', async (t) => {
  const { page, browser } = await webScene(t);
  for (const path of [browser.folder, `${browser.folder}page.js`, '/nothing', '/login?key=x']) {
    const { headers } = await browser.send('GET', path, { host: `127.0.0.1:${page.port}` });
    t.match(headers, {
      'content-security-policy': /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    t.notMatch(String(headers['content-security-policy']), /unsafe|https?:|\*/);
  }
  const { text } = await browser.send('GET', browser.folder, { host: `127.0.0.1:${page.port}` });
  t.notMatch(text, /<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/i, 'nothing of it is inline');
  t.notMatch(text, /https?:/, 'nothing comes from elsewhere');
});

t.test('a link into a group is made, with its code, and taken', async (t) => {
  const { swarm, ann, browser } = await webScene(t);
  const terms = { groupId: GROUP, uses: 1, lifetimeMs: 60_000, role: 'reader' };
  const [made] = (await browser.call('page/invite', terms)).lines() as [
    { result: { link: string; qr: boolean[][] } },
  ];
  t.match(made.result.link, /^p2p:\/\/127\.0\.0\.1:\d+\/.+#/);
  t.equal(made.result.qr.length, made.result.qr[0]?.length);
  const ben = await swarm.openClient('ben');
  const page = await WebServer.listen(0, {
    engine: ben.engine,
    surroundings: surroundingsOf(ben),
    onUnforeseen: (error) => t.fail(String(error)),
  });
  swarm.closeLater(page);
  const other = new WebBrowser(page.port);
  await other.open(page.newLink());
  t.match((await other.call('page/join', { link: made.result.link })).lines(), [
    { result: { groupId: GROUP, role: 'reader', isNewAccount: true } },
  ]);
  t.equal((await ann.engine.listMembers(GROUP)).length, 2);
});

t.test('a link for guests is made where they have a way in, and told once', async (t) => {
  const { ann, browser } = await webScene(t);
  await ann.share('film.mkv', Buffer.from('a film'));
  const terms = { groupId: GROUP, fileName: 'film.mkv', lifetimeMs: 60_000, downloads: 2 };
  t.match((await browser.call('page/guestLink', terms)).lines(), [
    { error: { code: 'NO_GATEWAY', message: /--gateway/ } },
  ]);
  t.notMatch((await browser.call('engine/status')).text, /"gateway"/);
  const gateway = { host: '127.0.0.1', port: 8443, fingerprint: 'AB:CD' };
  ann.engine.guests.openAt(gateway);
  t.match((await browser.call('engine/status')).lines(), [{ result: { gateway } }]);
  const [made] = (await browser.call('page/guestLink', terms)).lines() as [
    { result: { link: string; qr: boolean[][] } },
  ];
  t.match(made.result, {
    link: /^https:\/\/127\.0\.0\.1:8443\/g\/[\w-]{43}\/film\.mkv$/,
    isOfThisMachine: true,
    fingerprint: 'AB:CD',
  });
  const elsewhere = { ...terms, address: 'files.example:443' };
  t.match((await browser.call('page/guestLink', elsewhere)).lines(), [
    { result: { link: /^https:\/\/files\.example:443\//, isOfThisMachine: false } },
  ]);
  for (const wrong of [
    { ...terms, address: 'no address' },
    { ...terms, fileName: '../film.mkv' },
    { ...terms, lifetimeMs: 0 },
    { ...terms, downloads: 0 },
  ]) {
    t.match((await browser.call('page/guestLink', wrong)).lines(), [{ error: { code: /^BAD_/ } }]);
  }
  const { text } = await browser.call('engine/guestLinks', { groupId: GROUP });
  const links = (JSON.parse(text) as { result: { id: string }[] }).result;
  t.equal(links.length, 2, 'what is wrong makes none');
  t.notMatch(text, made.result.link.split('/')[4], 'nobody is told its secret again');
  for (const { id } of links) await browser.call('engine/revokeGuestLink', { id });
  t.same(await ann.engine.guestLinks(GROUP), []);
});

t.test('what happens is told while somebody listens, to so many at a time', async (t) => {
  const { swarm, browser } = await webScene(t);
  const listening = [];
  for (let count = 0; count < MAX_WEB_LISTENERS; count++) {
    const response = await browser.begin('POST', '/api/events', browser.pageHeaders, '{}');
    listening.push(response);
    // Its first line says that it listens.
    await once(response.setEncoding('utf8'), 'data');
  }
  t.match((await browser.call('events')).lines(), [{ error: { code: 'BUSY' } }]);
  const [first] = listening;
  const heard = once(first!, 'data');
  const ben = await swarm.openClient('ben');
  await ben.signUp();
  await ben.engine.joinGroup(GROUP);
  const [line] = (await heard) as [string];
  t.match(JSON.parse(line), {
    event: { type: 'join-request', groupId: GROUP, userId: 'ben' },
  });
  first!.destroy();
  // Its place is free once the server has seen that.
  let answer = '';
  do {
    const response = await browser.begin('POST', '/api/events', browser.pageHeaders, '{}');
    [answer] = (await once(response.setEncoding('utf8'), 'data')) as [string];
    listening.push(response);
  } while (answer.includes('BUSY'));
  t.equal(answer, '{}\n');
  for (const response of listening) response.destroy();
});

t.test('the page is at another place after each start', async (t) => {
  const [one, other] = [await webScene(t), await webScene(t)];
  t.not(one.browser.folder, other.browser.folder);
  const host = `127.0.0.1:${one.page.port}`;
  t.match(await one.browser.send('GET', one.browser.folder, { host }), { status: 200 });
  t.match(await one.browser.send('GET', other.browser.folder, { host }), { status: 404 });
});

t.test('closing waits for nothing that a browser does not go on with', async (t) => {
  const { page, browser } = await webScene(t);
  const socket = connect(page.port, '127.0.0.1').on('error', () => undefined);
  const { origin, cookie, ...others } = browser.pageHeaders;
  const lines = Object.entries({ origin, cookie, ...others }).map(
    ([key, value]) => `${key}: ${value}`,
  );
  const head = [`POST /api/engine/status HTTP/1.1`, `host: 127.0.0.1:${page.port}`, ...lines];
  socket.write(`${head.join('\r\n')}\r\ncontent-length: 100\r\n\r\n{`);
  // It has begun to answer once its head is here.
  await once(socket, 'data');
  const closed = once(socket.resume(), 'close');
  await page.close();
  await closed;
});

t.test('closing ends what is asked', async (t) => {
  const { swarm, browser, page } = await webScene(t);
  const response = await browser.begin('POST', '/api/events', browser.pageHeaders, '{}');
  await once(response, 'data');
  const ended = once(
    response.on('error', () => undefined),
    'close',
  );
  await page.close();
  await ended;
  await swarm.close();
});
