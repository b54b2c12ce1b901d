/** `p2p web` and `serve --web` as processes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { WebBrowser } from '../fixtures/web-browser.js';
import { P2pProcess, runP2p, startTracker } from './p2p-process.js';

const LINK = /^http:\/\/127\.0\.0\.1:\d+\/login\?key=[\w-]{43}$/;

async function browserOf(link: string): Promise<WebBrowser> {
  const browser = new WebBrowser(Number(new URL(link).port));
  t.match(await browser.open(link), { status: 303 });
  return browser;
}

t.test('a page of its own, and one of what runs already', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const home = join(folder, 'ann');
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a password' };
  await runP2p(t, { home, env, args: ['create-user', 'ann'] });
  await runP2p(t, { home, env, args: ['login', 'ann'] });

  const web = new P2pProcess(t, { home, args: ['web'] });
  const browser = await browserOf(await web.printed(LINK));
  t.match((await browser.call('engine/createGroup', { groupId: 'g' })).lines(), [{ result: null }]);
  // Others of this home find it, as they find a client that serves.
  t.match(await runP2p(t, { home, args: ['members', 'g'] }), { status: 0, stdout: 'ann' });
  web.child.kill('SIGINT');
  t.match(await web.ended, { status: 0 });

  const serve = new P2pProcess(t, { home, args: ['serve', '--host', '127.0.0.1', '--web'] });
  const served = await browserOf(await serve.printed(LINK));
  t.match((await served.call('engine/whoami')).lines(), [{ result: { userId: 'ann' } }]);
  const beside = new P2pProcess(t, { home, args: ['web', '--json'] });
  const { link } = JSON.parse(await beside.printed(/^\{/)) as { link: string };
  const other = await browserOf(link);
  t.match((await other.call('engine/describeGroups')).lines(), [{ result: [{ groupId: 'g' }] }]);
  await writeFile(join(folder, 'film'), 'a film');
  const ask = { path: join(folder, 'film'), groupId: 'g', sha256: false };
  t.match((await other.call('engine/upload', ask)).lines().at(-1), { result: {} });
  const { port: taken } = new URL(link);
  t.match(await runP2p(t, { home, args: ['web', '--port', taken] }), {
    status: 5,
    stderr: /is in use/,
  });
  serve.child.kill('SIGTERM');
  t.match(await serve.ended, { status: 0 });
  const { status, stderr } = await beside.ended;
  t.not(status, 0, 'there is nothing to show any more');
  t.match(stderr, /^error: /m);
});

t.test('whoever has no login yet logs in on the page', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const web = new P2pProcess(t, { home: join(folder, 'ann'), args: ['web'] });
  const browser = await browserOf(await web.printed(LINK));
  t.match((await browser.call('engine/status')).text, /^\{"result":\{(?!"userId")/);
  const account = { userId: 'ann', password: 'a password', tracker: { host: '127.0.0.1', port } };
  t.match((await browser.call('engine/createUser', account)).lines(), [{ result: null }]);
  t.match((await browser.call('engine/login', account)).lines(), [{ result: { userId: 'ann' } }]);
  // From then on it serves.
  let status = '';
  do status = (await browser.call('engine/status')).text;
  while (!status.includes('"listening"'));
  t.match(status, /"userId":"ann"/);
});
