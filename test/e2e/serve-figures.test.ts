/** `p2p serve --metrics`: who is answered what, and where it may listen. */
import { get, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { P2pProcess, runP2p, startTracker } from './p2p-process.js';

/** Status and text of a page. */
function ask(options: RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let body = '';
      response.on('data', (bytes: Buffer) => (body += bytes.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    }).on('error', reject);
  });
}

void t.test('figures are for this machine, unless more is asked for', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const home = join(folder, 'ann');
  const { tracker, port: trackerPort } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${trackerPort}`, P2P_PASSWORD: 'a pass word' };
  for (const verb of ['create-user', 'login']) {
    t.match(await runP2p(t, { home, args: [verb, 'ann'], env }), { status: 0 });
  }
  const words = ['serve', '--host', '127.0.0.1', '--no-lan', '--no-map'];
  const refused: [string[], RegExp][] = [
    [['--metrics', '0.0.0.0:0'], /^error: others reach 0\.0\.0\.0, .*--metrics-open/],
    [['--metrics-open'], /^error: --metrics-open goes with --metrics/],
    [['--metrics', 'x:y'], /^error: /],
  ];
  for (const [more, line] of refused) {
    t.match(await runP2p(t, { home, args: [...words, ...more], env }), { status: 2, stderr: line });
  }

  const serving = new P2pProcess(t, { home, args: [...words, '--metrics', '0'], env });
  const line = await serving.noted(/^figures on http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const port = Number(/:(\d+)\/metrics$/.exec(line)![1]);
  await serving.printed(/^serving /);
  const page = await ask({ port, path: '/metrics' });
  t.match(page, { status: 200, body: /^p2p_client_logged_in 1$/m });
  t.match(page.body, /^p2p_client_info\{version="[^"]+"\} 1$/m);
  t.match(await ask({ port, path: '/healthz' }), { status: 200, body: 'ok\n' });
  t.match(await ask({ port, path: '/' }), { status: 404 });
  const localhost = { headers: { host: `localhost:${port}` } };
  t.match(await ask({ port, path: '/metrics', ...localhost }), { status: 200 });
  const other = { headers: { host: 'evil.example' } };
  for (const path of ['/metrics', '/healthz']) {
    t.match(await ask({ port, path, ...other }), { status: 421, body: /this machine alone/ });
  }
  const taken = await runP2p(t, {
    ...{ home: join(folder, 'tracker'), env },
    args: [...words, '--metrics', String(port)],
  });
  t.match(taken, { status: 5, stderr: /is in use/ });
  await tracker.kill('SIGINT');
  await serving.noted(/tracker/);
  t.match(await ask({ port, path: '/metrics' }), { status: 200 });
  t.match(await serving.kill('SIGINT'), { status: 0 });

  const { port: again } = await startTracker(t, join(folder, 'tracker'), trackerPort);
  t.equal(again, trackerPort);
  const open = new P2pProcess(t, {
    ...{ home, env },
    args: [...words, '--metrics', '0.0.0.0:0', '--metrics-open'],
  });
  const [, at = ''] = /:(\d+)\/metrics$/.exec(await open.noted(/^figures on /))!;
  t.match(await ask({ port: Number(at), path: '/metrics', ...other }), { status: 200 });
  await open.printed(/^serving /);
  t.match(await open.kill('SIGINT'), { status: 0 });
});
