/** `serve --gateway`, `link` and `links` as processes, and a guest with nothing but the link. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeTree } from '../fixtures/folder-tree.js';
import { GuestClient } from '../fixtures/guest.js';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, P2pProcess, startTracker } from './p2p-process.js';

const lines = new LineRunner(t);

t.test('a link for a guest is made, taken, listed and ended', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const home = join(folder, 'ann');
  const { port: trackerPort } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${trackerPort}`, P2P_PASSWORD: 'a pass word' };
  const p2p = (...args: string[]) => lines.run({ home, args, env });
  for (const verb of ['create-user', 'login']) t.match(await p2p(verb, 'ann'), { status: 0 });
  await p2p('create-group', 'g');
  await writeFile(join(folder, 'film.txt'), 'a film');
  t.match(await p2p('upload', join(folder, 'film.txt'), 'g'), { status: 0 });
  t.match(await p2p('link', 'g', 'film.txt'), { status: 1, stderr: /--gateway PORT/ });
  const words = ['serve', '--host', '127.0.0.1', '--no-lan', '--no-map'];
  const refused: readonly (readonly [string[], RegExp])[] = [
    [['--gateway', 'x'], /^error: .*is not an address/],
    [['--gateway', '0', '--tls-cert', 'x'], /^error: --tls-cert and --tls-key belong together/],
    [['--tls-cert', 'x', '--tls-key', 'y'], /^error: .* go with --gateway/],
  ];
  for (const [more, stderr] of refused) {
    t.match(await p2p(...words, ...more), { status: 2, stderr });
  }

  const serve = new P2pProcess(t, { home, args: [...words, '--gateway', '127.0.0.1:0'], env });
  const line = await serve.noted(
    /^guests come in at https:\/\/127\.0\.0\.1:\d+; .* SHA-256 \S{95}$/,
  );
  const port = Number(/:(\d+);/.exec(line)![1]);
  await serve.printed(/^serving /);
  const made = await p2p('link', 'g', 'film.txt', '--downloads', '1', '--expires', '2h');
  t.match(made, { status: 0, stderr: NOTHING_SAID });
  const { pathname, host } = new URL(made.stdout.trim());
  t.equal(host, `127.0.0.1:${port}`);
  const guest = new GuestClient(port);
  const answer = await guest.ask(pathname);
  t.equal(answer.body.toString(), 'a film');
  t.equal((await guest.ask(pathname)).status, 404);
  t.match(await p2p('history', 'g'), { stdout: /a guest took film\.txt by a link of ann$/ });

  const guarded = await lines.run({
    ...{ home, env, input: 'open sesame\n' },
    args: ['link', 'g', 'film.txt', '--password-stdin', '--address', 'files.example:443', '--json'],
  });
  const told = JSON.parse(guarded.stdout) as { link: string; linkId: string };
  t.match(told, {
    link: /^https:\/\/files\.example:443\/g\/[\w-]{43}\/film\.txt$/,
    hasPassword: true,
  });
  const authorization = `Basic ${Buffer.from('guest:open sesame').toString('base64')}`;
  const way = new URL(told.link).pathname;
  t.equal((await guest.ask(way)).status, 401);
  t.equal((await guest.ask(way, { headers: { authorization } })).body.toString(), 'a film');
  t.match(await p2p('links'), {
    stdout: /^\w{12}\tg\tfilm\.txt\t1\t1\t.*\n\w{12}\tg\tfilm\.txt\t1\tany\t/,
  });
  t.match(await p2p('links', '--revoke', told.linkId.slice(0, 8)), { status: 0 });
  t.equal((await guest.ask(way, { headers: { authorization } })).status, 404);
  t.match(await p2p('links', '--revoke', told.linkId), { status: 4 });

  await makeTree(join(folder, 'album'), { 'a.txt': Buffer.from('a'), 'b/': Buffer.alloc(0) });
  t.match(await p2p('upload', join(folder, 'album'), 'g'), { status: 0 });
  const album = await p2p('link', 'g', 'album');
  const zip = new URL(album.stdout.trim()).pathname;
  t.match(zip, /\/album\.zip$/);
  t.match((await guest.ask(zip)).headers, { 'content-type': 'application/zip' });
  t.match((await guest.ask(`${zip}?as=tar`)).headers, { 'content-type': 'application/x-tar' });
  serve.child.kill('SIGTERM');
  t.match(await serve.ended, { status: 0 });
});
