/** The interactive client in a home where a one-shot command has logged in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LineRunner } from './line-runner.js';
import { startClient, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

/** ann is logged in by a command and shares a file, ben has an account. */
async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {}, home: {}, 'film.mkv': 'a film' });
  const home = join(folder, 'home');
  const { tracker, port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'secret' };
  const run = (...args: string[]) => lines.run({ home, args, env });
  t.equal((await run('create-user', 'ben')).status, 0);
  const homes = { ann: home };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'films', homes });
  t.equal((await run('upload', join(folder, 'film.mkv'), 'films')).status, 0);
  return { folder, home, tracker, port, run };
}

t.test('it goes on with the remembered login, and commands of others with it', async (t) => {
  const { home, port, run } = await scene(t);
  const client = startClient(t, home, port);
  await client.noted(/^logged in as ann, as remembered; sharing 1 file$/);
  t.same(await client.ask('whoami'), ['ann']);
  t.match(await run('files', 'films'), { status: 0, stdout: 'film.mkv\t6\t1\tann' });
  await client.endInput();
  t.match(await run('whoami'), { status: 0, stdout: 'ann' });
});

t.test('a login of somebody else leaves the remembered one alone', async (t) => {
  const { home, port, run } = await scene(t);
  const client = startClient(t, home, port);
  await client.noted(/^logged in as ann/);
  t.same(await client.ask('login ben secret'), ['logged in as ben']);
  t.same(await client.ask('logout'), ['logged out; nothing is shared until the next login']);
  t.match(
    await client.ask('whoami'),
    [/^error: nobody is logged in/],
    'and ann does not come back',
  );
  await client.endInput();
  t.match(await run('whoami'), { status: 0, stdout: 'ann' });
});

t.test('a logout ends it for all', async (t) => {
  const { home, port, run } = await scene(t);
  const client = startClient(t, home, port);
  await client.ask('logout');
  await client.endInput();
  t.match(await run('whoami'), { status: 3, stderr: /nobody is logged in/ });
});

t.test('at another tracker nobody is logged in, and nothing is forgotten', async (t) => {
  const { folder, home, run } = await scene(t);
  mkdirSync(join(folder, 'other'));
  const other = await startTracker(t, join(folder, 'other'));
  const client = startClient(t, home, other.port);
  t.match(await client.ask('whoami'), [/^error: nobody is logged in/]);
  await client.endInput();
  t.match(await run('whoami'), { status: 0, stdout: 'ann' });
});

t.test('without its tracker, and with a damaged login, it starts all the same', async (t) => {
  const { home, tracker, port, run } = await scene(t);
  await tracker.kill('SIGKILL');
  const away = startClient(t, home, port);
  await away.noted(/^cannot reach the tracker/);
  t.match(await away.ask('whoami'), [/^error: cannot reach the tracker/]);
  await away.endInput();
  writeFileSync(join(home, 'session.json'), '{');
  const damaged = startClient(t, home, port);
  await damaged.noted(/session\.json is damaged/);
  await damaged.endInput();
  t.match(await run('status'), { status: 3 });
});
