/** Settings in files, as somebody uses them who types a command: what holds, and what is told of mistakes. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, P2pProcess, startTracker } from './p2p-process.js';

const lines = new LineRunner(t);

async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {}, etc: {} });
  const home = join(folder, 'ann');
  await mkdir(home, { mode: 0o700 });
  const [own, system] = [join(home, 'config.toml'), join(folder, 'etc/config.toml')];
  const env = { P2P_PASSWORD: 'secret', P2P_SYSTEM_CONFIG: system };
  const ann = (...args: string[]) => lines.run({ home, args, env });
  return { folder, home, own, system, env, ann };
}

t.test('what is set holds until it is unset, and the file keeps all else', async (t) => {
  const { home, own, ann } = await scene(t);
  await writeFile(own, '# ours\n', { mode: 0o600 });
  t.match(await ann('config', 'set', 'serve.port', '7001'), {
    status: 0,
    stdout: `serve.port is 7001 in ${own}`,
  });
  t.match(await ann('config', 'set', 'common.tracker', 'a.example', 'b.example'), { status: 0 });
  t.match(await ann('config', 'set', 'common.background', 'true', '--system'), { status: 0 });
  t.equal((await ann('config', 'get', 'common.tracker')).stdout, 'a.example\nb.example');
  t.equal((await ann('config')).stdout.split('\n').length, 3);
  const of = await ann('config', 'get', 'common.tracker', '--show-origin');
  t.equal(of.stdout, `a.example\t${own}:7\nb.example\t${own}:7`);
  const { stdout } = await ann('config', 'list', '--show-origin');
  t.match(stdout, `serve.port\t7001\t${own}:4`);
  t.match(stdout, new RegExp(`^common\\.background\\ttrue\\t.*/etc/config\\.toml:2$`, 'm'));
  t.match(JSON.parse((await ann('config', 'list', '--system', '--json')).stdout), {
    settings: [{ key: 'common.background', value: true, origin: { kind: 'file', line: 2 } }],
  });
  t.match(await ann('config', 'unset', 'serve.port'), { status: 0, stdout: /not set any more/ });
  t.match(await ann('config', 'get', 'serve.port'), { status: 0, stdout: '' });
  t.match(await readFile(own, 'utf8'), /^# ours\n\n\[serve\]\n\n\[common\]\ntracker = /);
  const around = { P2P_TRACKER: 'c.example' };
  const told = await lines.run({ home, args: ['config', 'get', 'common.tracker'], env: around });
  t.equal(told.stdout, 'c.example');
});

t.test('a password is neither kept nor shown', async (t) => {
  const { home, own, system, ann } = await scene(t);
  for (const further of [[], ['--system'], ['--json']]) {
    const secret = 'postgres://u:hidden@h/db';
    const { status, stdout, stderr } = await ann(
      ...['config', 'set', 'tracker.database', secret, ...further],
    );
    t.equal(status, 2);
    t.match(stdout + stderr, 'P2P_DATABASE');
    t.notMatch(stdout + stderr, 'hidden');
  }
  for (const path of [own, system]) await t.rejects(readFile(path), { code: 'ENOENT' });
  const env = {
    ...{ P2P_DATABASE: 'postgres://u:hidden@h/db', P2P_PRESENCE: 'redis://:hidden@h' },
    P2P_SYSTEM_CONFIG: system,
  };
  for (const words of ['config', 'config list --json', 'config get tracker.presence --json']) {
    const { status, stdout } = await lines.run({ home, env, args: words.split(' ') });
    t.equal(status, 0);
    t.match(stdout, 'redis://:***@h');
    t.notMatch(stdout, 'hidden');
  }
});

t.test('a mistake in a file stops what has settings, with its place', async (t) => {
  const { own, ann } = await scene(t);
  await writeFile(own, '[common]\ntrakcer = "a.example"\n', { mode: 0o600 });
  const expected = `error: ${own}:2: there is no setting "common.trakcer"; did you mean common.tracker?`;
  for (const words of [['serve'], ['create-user', 'ann'], ['config', 'list']]) {
    const { status, stderr } = await ann(...words);
    t.equal(status, 2, words.join(' '));
    t.match(stderr, expected);
  }
  t.match(await ann('login', 'ann', '--json'), { status: 2, stdout: /"code":"BAD_ARGUMENT"/ });
  t.match(await ann('config', 'unset', 'common.trakcer'), { status: 0 });
  await chmod(own, 0o622);
  t.match(await ann('serve'), { status: 7, stderr: /^error: others may write to the file/ });
});

t.test('wrong words change nothing', async (t) => {
  const { ann } = await scene(t);
  const table: readonly (readonly [words: string, message: RegExp])[] = [
    ['set', /<key> is missing/],
    ['set serve.port', /<value> is missing/],
    ['set serve.port x', /serve\.port: "x" is not a port/],
    ['set serve.port 1 2', /serve\.port: it takes one value/],
    ['set serv.port 1', /no setting "serv\.port"; did you mean serve\.port\?/],
    ['get port', /no setting "port"; did you mean common\.port\?/],
    ['get trackr', /no setting "trackr"; did you mean common\.tracker\?/],
    ['set trackr 1', /no setting "trackr"; did you mean common\.tracker\?/],
    ['get all.trackr', /no setting "all\.trackr"; did you mean common\.tracker\?/],
    ['get scrbu', /no setting "scrbu"; did you mean serve\.scrub\?/],
    ['get zzzzzz', /no setting "zzzzzz"$/],
    ['set hooks.on-a /bin/true', /no setting "hooks\.on-a"/],
    ['get serve.port 1', /only set takes a value/],
    ['unset serve.prt', /did you mean serve\.port\?/],
    ['list serve.port', /list takes no key/],
    ['get up', /no setting "up"; did you mean common\.up\?/],
    ['unset serve.port --show-origin', /belongs to list and get/],
    ['change', /"change" is none of/],
  ];
  for (const [words, message] of table) {
    t.match(await ann('config', ...words.split(' ')), { status: 2, stderr: message }, words);
  }
  t.same((await ann('config')).stdout, '');
});

t.test('files say what is not typed: the tracker, where it serves, its rates', async (t) => {
  const { folder, home, own, env, ann } = await scene(t);
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const common = `[common]\ntracker = "127.0.0.1:${port}"\nhost = "127.0.0.1"\n`;
  await writeFile(own, `${common}up = "1MiB/s"\n[serve]\nat-once = 3\n`, { mode: 0o600 });
  t.match(await ann('create-user', 'ann'), { status: 0 });
  t.match(await ann('login', 'ann'), { status: 0 });
  const serving = new P2pProcess(t, { home, env, args: ['serve', '--down', '2MiB/s'] });
  await serving.printed(/^serving 0 files of ann on 127\.0\.0\.1:/);
  const limits = {
    stdout: /^sent: 0 B \(at most 1 MiB\/s\)\nreceived: 0 B \(at most 2 MiB\/s\)$/m,
  };
  const status = await ann('status');
  t.match(status, limits);
  t.match(
    status.stderr,
    NOTHING_SAID,
    'what a file says of an engine is not told to have no effect',
  );
  await writeFile(own, `${common}up = "3MiB/s"\n[serve]\nat-once = 4\n`);
  serving.child.kill('SIGHUP');
  await serving.noted(/^the limits were read again: all: up 3 MiB\/s, down 2 MiB\/s$/);
  await serving.noted(/^the next start has another at-once, as the files of settings say$/);
  await writeFile(own, '[common]\nup = 5\n');
  serving.child.kill('SIGHUP');
  await serving.noted(/^the limits of before hold on: .*config\.toml:2: the rate "5" has no unit/);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});

t.test('what is typed goes before the file, and a switch of it is turned off', async (t) => {
  const { home, own, env } = await scene(t);
  await writeFile(own, '[tracker]\nlog-format = "json"\n', { mode: 0o600 });
  const start = (...words: string[]) =>
    new P2pProcess(t, { home, env, args: ['tracker', '127.0.0.1', '0', ...words] });
  const asSet = start();
  await asSet.printed(/^\{.*listening/);
  await asSet.kill('SIGTERM');
  const asTyped = start('--log-format', 'text');
  await asTyped.printed(/^tracker listening/);
  await asTyped.kill('SIGTERM');
});
