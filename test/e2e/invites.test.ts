/** How somebody gets into a group by a link, with the whole program. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { LineRunner } from './line-runner.js';
import { P2pProcess, startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

t.test('one command lets a colleague in', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, cleo: {}, dan: {}, tracker: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'), 0);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const ann = (...args: string[]) => lines.run({ home: join(folder, 'ann'), args, env });
  // Nothing is there yet, and no tracker is named.
  const as = (home: string, args: string[], input?: string) =>
    lines.run({ home: join(folder, home), args, ...(input === undefined ? {} : { input }) });
  for (const words of [
    ['create-user', 'ann'],
    ['login', 'ann'],
    ['create-group', 'films'],
  ]) {
    t.match(await ann(...words), { status: 0 }, words.join(' '));
  }
  const made = await ann('invite', 'films', '--uses', '2', '--for', '1d');
  t.match(made, { status: 0, stdout: /^p2p:\/\/127\.0\.0\.1:\d+\/films#[\w-]{20}\.[\w-]{43}$/ });
  const link = made.stdout;

  t.match(await as('ben', ['join', link, '--as', 'ben']), {
    status: 0,
    stdout: 'you are a member of films, as ben',
    stderr: /^made the account ben, .*p2p passwd --first/,
  });
  t.match(await as('ben', ['whoami']), { status: 0, stdout: 'ben' });
  t.match(await as('cleo', ['join', '-', '--as', 'cleo'], `${link}\n`), { status: 0 });
  const bad = 'error: this link is not good, or not any more; ask whoever sent it for a new one';
  t.match(await as('dan', ['join', link, '--as', 'dan']), { status: 3, stderr: bad });
  t.same((await ann('members', 'films')).stdout.split('\n'), ['ann', 'ben', 'cleo']);
  const invites = async () => {
    const { stdout } = await ann('invites', 'films', '--json');
    return (JSON.parse(stdout) as { invites: { inviteId: string; usesLeft: number }[] }).invites;
  };
  t.match(await invites(), [{ uses: 2, usesLeft: 0, creator: 'ann' }]);

  const other = (await ann('invite', 'films')).stdout;
  const good = (await invites()).find(({ usesLeft }) => usesLeft === 1);
  t.match(await ann('invites', 'films', '--revoke', good!.inviteId), { status: 0 });
  t.match(await as('dan', ['join', other]), { status: 3, stderr: bad });

  t.match(await as('ben', ['passwd', '--first', '--password-stdin'], 'a first one\n'), {
    status: 0,
  });
  t.match(await as('ben', ['logout']), { status: 0 });
  t.match(await as('ben', ['login', 'ben', '--key']), { status: 0, stdout: 'logged in as ben' });
  t.match(await as('ben', ['login', 'cleo', '--key']), { status: 4 });
});

t.test('who asks to join can wait for the answer, through a restart of the tracker', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {} });
  const first = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${first.port}`, P2P_PASSWORD: 'a pass word' };
  const as = (home: string, ...args: string[]) =>
    lines.run({ home: join(folder, home), args, env });
  for (const user of ['ann', 'ben']) {
    for (const verb of ['create-user', 'login']) await as(user, verb, user);
  }
  await as('ann', 'create-group', 'films');
  const wait = async (...more: string[]) => {
    const args = ['join', 'films', '--wait', ...more];
    const waiting = new P2pProcess(t, { home: join(folder, 'ben'), args, env });
    await waiting.noted(/; waiting for its owner's answer/);
    return waiting;
  };
  const rejected = await wait();
  await as('ann', 'reject', 'films', 'ben');
  t.match(await rejected.ended, { status: 3, stdout: '', stderr: /was rejected; ask its owner/ });
  const given = await wait();
  const stays = /^the request to join films stays; p2p join films --wait waits on/m;
  t.match(await given.kill('SIGINT'), { status: 130, stderr: stays });
  t.match(await as('ben', 'join', 'films', '--wait', '--timeout', '1ms'), { status: 8 });
  const waiting = await wait();
  await first.tracker.kill('SIGTERM');
  await startTracker(t, join(folder, 'tracker'), first.port);
  await waiting.noted(/^connected again/);
  t.match(await as('ann', 'accept', 'films', 'ben'), { status: 0 });
  t.match(await waiting.ended, { status: 0, stdout: 'you are a member of films now' });
  t.match(await as('ben', 'join', 'films', '--timeout', '1h'), { status: 1 });
  t.match(await as('ben', 'join', 'films', '--timeout', 'soon'), { status: 2 });
});

t.test('who comes by a link waits for a silent tracker no longer than they say', async (t) => {
  const folder = testFolder(t, { ben: {} });
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const link = `p2p://127.0.0.1:${port}/films#${'A'.repeat(20)}.${'A'.repeat(43)}`;
  const run = (...args: string[]) => lines.run({ home: join(folder, 'ben'), args });
  const late = { status: 8, stdout: '', stderr: /^error: .*within 100ms; give it longer/m };
  t.match(await run('join', link, '--wait', '--timeout', '100ms'), late);
  t.match(await run('get', link, folder, '--timeout', '100ms'), late);
});

t.test('what is no good link is said in one line, and leaves nothing behind', async (t) => {
  const folder = testFolder(t, { ben: {} });
  const home = join(folder, 'ben');
  for (const [link, line] of [
    ['p2p://h/g', /^error: "p2p:\/\/h\/\.\.\." is no whole link; it looks like p2p:\/\/HOST:PORT/],
    ['p2p://127.0.0.1:1/g#abc', /^error: .*127\.0\.0\.1:1/],
  ] as const) {
    const { status, stderr } = await lines.run({ home, args: ['join', link] });
    t.match(stderr, line);
    t.not(status, 0);
  }
  t.match(await lines.run({ home, args: ['join', 'films', '--as', 'x'] }), { status: 2 });
});
