/** What is run when a download is complete or has failed, or somebody asks to join: by whom, how often, with what. */
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { backgroundPid, P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';

const MiB = 2 ** 20;
/** Nobody but a shell makes anything of it. */
const HOSTILE = "-$(touch pwned);`id`'.bin";

/** Writes down what it is told, a line of JSON each, and says so. */
const HOOK = `
const { appendFileSync } = require('node:fs');
const { P2P_EVENT, P2P_GROUP, P2P_FILE, P2P_PATH, P2P_USER, P2P_ERROR, P2P_PASSWORD } = process.env;
const [out, name, ...args] = process.argv.slice(2);
const facts = { P2P_EVENT, P2P_GROUP, P2P_FILE, P2P_PATH, P2P_USER, P2P_ERROR, P2P_PASSWORD };
appendFileSync(out, JSON.stringify({ name, args, ...facts }) + '\\n');
console.log('has run: ' + name);
process.exitCode = name === 'fails' ? 3 : 0;
`;

interface Told {
  readonly name: string;
  readonly args: readonly string[];
}

async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {}, ann: {}, to: {} });
  const [home, annHome, to] = ['ben', 'ann', 'to'].map((name) => join(folder, name)) as [
    ...[string, string, string],
  ];
  await mkdir(home, { mode: 0o700 });
  await chmod(annHome, 0o700);
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  const of =
    (at: string) =>
    (...args: string[]) =>
      runP2p(t, { home: at, args, env });
  const [ann, ben] = [of(annHome), of(home)];
  const homes = { ann: annHome, ben: home };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'films', homes });
  const out = join(folder, 'told');
  const script = join(folder, 'hook.cjs');
  await writeFile(script, HOOK);
  const hook = (name: string): string[] => [process.execPath, script, out, name];
  const set = async (...lines: string[]): Promise<void> => {
    const own = [`on-complete = ${JSON.stringify(hook('set'))}`, ...lines];
    await writeFile(join(home, 'config.toml'), `[hooks]\n${own.join('\n')}\n`, { mode: 0o600 });
  };
  const told = async (): Promise<Told[]> => {
    const lines = (await readFile(out, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Told);
  };
  const share = async (name: string, length = 1000): Promise<void> => {
    const path = join(folder, name);
    await writeFile(path, sampleBytes(length, name));
    t.match(await ann('upload', '--', path, 'films'), { status: 0 });
  };
  const serve = async (at: string, ...args: string[]): Promise<P2pProcess> => {
    const words = ['serve', '--host', '127.0.0.1', ...args];
    const serving = new P2pProcess(t, { home: at, args: words, env });
    await serving.printed(/^serving /);
    return serving;
  };
  return { folder, home, annHome, to, env, ann, ben, hook, set, told, share, serve };
}

/** As one types it. */
function typed(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}

t.test('a command runs it itself where no client does, and never through a shell', async (t) => {
  const { to, annHome, ben, hook, set, told, share, serve } = await scene(t);
  for (const name of [HOSTILE, 'b', 'c', 'd']) await share(name);
  await serve(annHome);
  await set(`on-failed = ${JSON.stringify(hook('failed'))}`);
  const first = await ben('download', 'films', '--json', '--', HOSTILE, to);
  t.equal(first.status, 0);
  t.equal(first.stdout.split('\n').length, 1, 'its output is not on standard output');
  t.match(first.stderr, /has run: set/);
  const path = join(to, HOSTILE);
  const facts = { P2P_EVENT: 'complete', P2P_GROUP: 'films', P2P_FILE: HOSTILE, P2P_PATH: path };
  t.same(await told(), [{ name: 'set', args: [path], ...facts }]);
  await t.rejects(readFile(join(to, 'pwned')), { code: 'ENOENT' });

  const again = await ben('download', 'films', '--', HOSTILE, to);
  t.match(again, { status: 0, stdout: /is there already/ });
  t.equal((await told()).length, 1, 'nothing was downloaded');

  const own = ['--on-complete', typed(hook('fails'))];
  const second = await ben('download', 'films', 'b', 'c', to, ...own);
  t.equal(second.status, 0, 'how a hook ends fails no download');
  t.equal(second.stderr.match(/^warning: on-complete of \w: .* ended with status 3$/gm)?.length, 2);
  t.same(
    (await told()).map(({ name }) => name).slice(1),
    ['fails', 'fails'],
    'in place of the set',
  );
  t.match(await ben('download', 'films', 'd', to, '--on-complete='), { status: 0 });
  t.equal((await told()).length, 3);

  for (const [words, why] of [
    [['d', to, '--overwrite', '--on-complete', "it's"], /a quote .* is not closed/],
    [['d', '-o', '-', '--on-complete', 'true'], /standard output has none/],
  ] as const)
    t.match(await ben('download', 'films', ...words), { status: 2, stderr: why });
});

t.test('a client that runs does it once, whoever waits', async (t) => {
  const { home, to, annHome, ann, ben, env, hook, set, told, share, serve } = await scene(t);
  for (const name of ['a', 'b', 'c']) await share(name);
  const serving = await serve(annHome);
  await set();
  const client = await serve(home);
  t.match(await ben('download', 'films', 'a', to), { status: 0 });
  await client.noted(/on-complete of a: has run: set$/);
  t.match(await ben('download', 'films', 'b', to, '--on-complete', typed(hook('typed'))), {
    status: 0,
  });
  await client.noted(/on-complete of b: has run: set$/);
  t.same((await told()).map(({ name }) => name).sort(), ['set', 'set', 'typed']);
  // What a file says now holds at once.
  await set(`on-failed = ${JSON.stringify(hook('failed'))}`);
  t.equal((await serving.kill('SIGTERM')).status, 0);
  t.match(await ben('download', 'films', 'c', to, '--timeout', '1s'), { status: 8 });
  await client.noted(/on-failed of c: has run: failed$/);
  t.match((await told()).at(-1), { P2P_EVENT: 'failed', P2P_FILE: 'c', P2P_ERROR: /./ });
  t.equal((await client.kill('SIGTERM')).status, 0);
  t.equal((await told()).length, 4);

  // Somebody asks to join a group of the one whose client runs.
  await ben('create-group', 'own');
  await set(`on-request = ${JSON.stringify(hook('request'))}`);
  const last = new P2pProcess(t, {
    ...{ home, env, args: ['serve', '--host', '127.0.0.1', '--on-complete', typed(hook('all'))] },
  });
  await last.printed(/^serving /);
  t.match(await ann('join', 'own'), { status: 0 });
  await last.noted(/on-request of ann: has run: request$/);
  t.match((await told()).at(-1), { P2P_USER: 'ann', P2P_GROUP: 'own', args: [] });
  await serve(annHome);
  t.match(await ben('download', 'films', 'c', to), { status: 0 });
  await last.noted(/on-complete of c: has run: all$/);
});

t.test('what was handed over runs it once', async (t) => {
  const { home, to, annHome, ben, env, set, told, share, serve } = await scene(t);
  await share('slow', 64 * MiB);
  await share('other', 24 * MiB);
  await serve(annHome);
  await set();
  const download = (name: string, ...more: string[]) =>
    new P2pProcess(t, { home, env, args: ['download', 'films', name, to, ...more] });
  const first = download('slow', '--down', '8MiB/s');
  await first.noted(/^slow: \d+ %/);
  const second = download('other');
  await second.noted(/^other: \d+ %/);
  t.equal((await first.kill('SIGINT')).status, 130);
  await backgroundPid(t, home);
  const following = new P2pProcess(t, { home, args: ['log', '--follow'] });
  t.match(await second.ended, { status: 0 });
  await following.printed(/on-complete of other: has run: set$/);
  await following.printed(/nothing is waited for any more$/);
  t.match(await told(), [{ name: 'set', P2P_FILE: 'other' }]);
  t.match(await ben('downloads'), { status: 0, stdout: /\[C\] \[films\] other/ });
  t.equal((await told()).length, 1);
});

t.test('hooks of a file that others could replace are not run', async (t) => {
  const { folder, to, annHome, ben, set, told, share, serve } = await scene(t);
  await share('a');
  await serve(annHome);
  await set();
  await chmod(folder, 0o777);
  const ended = await ben('download', 'films', 'a', to);
  t.equal(ended.status, 0);
  t.match(ended.stderr, /^warning: the hooks in the file of settings .* are not run: others may/m);
  t.same(await told(), []);
});

t.test('a client that is told to end takes a stubborn hook along', async (t) => {
  const { folder, home, to, annHome, ben, env, share, serve } = await scene(t);
  await share('a');
  await serve(annHome);
  const out = join(folder, 'pid');
  const stubborn = `process.on('SIGTERM', () => 0); require('fs').writeFileSync(${JSON.stringify(out)}, String(process.pid)); console.log('stays'); setInterval(() => 0, 1000)`;
  const hook = ['--on-complete', typed([process.execPath, '-e', stubborn.replaceAll("'", '`')])];
  const client = new P2pProcess(t, {
    ...{ home, env, args: ['serve', '--host', '127.0.0.1', ...hook] },
  });
  await client.printed(/^serving /);
  t.match(await ben('download', 'films', 'a', to), { status: 0 });
  await client.noted(/on-complete of a: stays$/);
  t.equal((await client.kill('SIGTERM')).status, 0);
  const pid = Number(await readFile(out, 'utf8'));
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

t.test('one that runs when its client is killed is not run again', async (t) => {
  const { folder, home, to, annHome, ben, env, share, serve } = await scene(t);
  for (const name of ['a', 'b']) await share(name);
  await serve(annHome);
  const out = join(folder, 'ran');
  const lasting = `require('fs').appendFileSync(${JSON.stringify(out)}, process.env.P2P_FILE + ',' + process.pid + ','); console.log('lasts'); setInterval(() => 0, 1000)`;
  const hook = typed([process.execPath, '-e', lasting.replaceAll("'", '`')]);
  const ran = async (): Promise<string[]> =>
    (await readFile(out, 'utf8').catch(() => '')).split(',').slice(0, -1);
  t.teardown(async () => {
    // Of the one that was killed; the others end with their client.
    const pids = (await ran()).filter((_, index) => index % 2 === 1);
    for (const pid of pids) if (await isThere(Number(pid))) process.kill(Number(pid), 'SIGKILL');
  });
  const client = async (): Promise<P2pProcess> => {
    const args = ['serve', '--host', '127.0.0.1', '--on-complete', hook];
    const serving = new P2pProcess(t, { home, env, args });
    await serving.printed(/^serving /);
    return serving;
  };
  const first = await client();
  t.match(await ben('download', 'films', 'a', to), { status: 0 });
  await first.noted(/on-complete of a: lasts$/);
  const killed = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await killed;
  const second = await client();
  t.match(await ben('download', 'films', 'a', to), { stdout: /is there already/ });
  t.match(await ben('download', 'films', 'b', to), { status: 0 });
  await second.noted(/on-complete of b: lasts$/);
  t.same(
    (await ran()).filter((_, index) => index % 2 === 0),
    ['a', 'b'],
  );
  t.equal((await second.kill('SIGTERM')).status, 0);
});

async function isThere(pid: number): Promise<boolean> {
  return stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
