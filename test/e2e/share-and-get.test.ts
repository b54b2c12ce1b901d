/** Two commands in two homes that know nothing of each other. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { isHomeName } from '../../src/main/home/home-names.js';
import { LineRunner } from './line-runner.js';
import { backgroundPid, P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);
const LINK = /^p2p:\/\/\S+:\d+\/\S+#[\w-]{20}\.[\w-]{43}$/;

/** Starts `share`; answers its link. */
async function share(t: Test, home: string, words: readonly string[]) {
  const process = new P2pProcess(t, { home, args: ['share', ...words] });
  const [link = ''] = LINK.exec(await process.printed(LINK)) ?? [];
  return { process, link };
}

function stop({ process }: Awaited<ReturnType<typeof share>>) {
  return process.kill('SIGINT');
}

t.test('what one shares the other gets', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, cleo: {} });
  const [ann, ben] = [join(folder, 'ann'), join(folder, 'ben')];
  const film = sampleBytes(3_000_000);
  writeFileSync(join(ann, 'film.mkv'), film);
  mkdirSync(join(ann, 'album'));
  writeFileSync(join(ann, 'album', 'cat.jpg'), 'a cat');

  const first = await share(t, ann, [join(ann, 'film.mkv')]);
  const get = (home: string, link: string, ...more: string[]) =>
    lines.run({ home, args: ['get', link, ...more] });
  const got = await get(ben, first.link, join(ben, 'film.mkv'));
  t.match(got, { status: 0, stderr: /^you are a member of share-[0-9a-f]{6} now, as / });
  t.ok(film.equals(readFileSync(join(ben, 'film.mkv'))));
  // Run again it finds the file there, although the link is used up; nobody else gets in.
  t.match(await get(ben, first.link, join(ben, 'film.mkv')), { stdout: /is there already/ });
  t.match(await get(join(folder, 'cleo'), first.link), { status: 3, stderr: /not good/ });
  mkdirSync(join(ben, 'cache'), { recursive: true, mode: 0o700 });
  for (const own of ['config.toml', 'cache/film.mkv']) {
    const refused = await get(ben, first.link, join(ben, own));
    t.match(
      refused,
      { status: 7, stderr: /^error: .*keys, settings or other things of its own/m },
      own,
    );
  }
  t.match(await stop(first), { status: 0 });
  t.not((await get(ben, first.link, join(ben, 'other.mkv'))).status, 0, 'nothing is left behind');

  // A login that has ended is begun anew by the device's key.
  const session = join(ann, 'session.json');
  const kept = JSON.parse(readFileSync(session, 'utf8')) as object;
  writeFileSync(session, JSON.stringify({ ...kept, token: 'of before' }), { mode: 0o600 });
  const both = [join(ann, 'film.mkv'), join(ann, 'album')];
  const second = await share(t, ann, [...both, '--group', 'more']);
  t.match(await get(ben, second.link, join(ben, 'all')), { status: 0 });
  t.ok(film.equals(readFileSync(join(ben, 'all', 'film.mkv'))));
  t.equal(readFileSync(join(ben, 'all', 'album', 'cat.jpg'), 'utf8'), 'a cat');
  t.match(await stop(second), { status: 0 });
  const theirs = ['film.mkv', 'all', 'album'];
  for (const home of [ann, ben]) {
    const unknown = readdirSync(home).filter((name) => !theirs.includes(name) && !isHomeName(name));
    t.same(unknown, [], 'what is its own in the home is known to be');
  }
});

t.test('what is shared to stay outlives the command that began it', async (t) => {
  const folder = testFolder(t, { ann: { 'a note': 'hello' }, ben: {} });
  const [ann, ben] = [join(folder, 'ann'), join(folder, 'ben')];
  const args = ['share', '--stay', '--exclude', '*.tmp', join(ann, 'a note')];
  const begun = await runP2p(t, { home: ann, args });
  const pid = await backgroundPid(t, ann);
  t.match(begun.stderr, /and p2p down stops sharing$/);
  t.match(begun, { status: 0, stdout: LINK });
  const session = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')[3];
  t.equal(session, String(pid), 'it leads a session of its own, that of no terminal');
  const got = await lines.run({ home: ben, args: ['get', begun.stdout, join(ben, 'a note')] });
  t.match(got, { status: 0 });
  const { stdout: log } = await runP2p(t, { home: ann, args: ['log'] });
  t.match(log, /^\S+ \S+ \S+ joined share-[0-9a-f]{6} by your link$/m);
  t.notMatch(log, 'p2p://', 'a log has no secrets');
  t.match(await runP2p(t, { home: ann, args }), { status: 1, stderr: `(pid ${pid}) already runs` });
  t.match(await runP2p(t, { home: ann, args: ['down'] }), { status: 0, stdout: `(pid ${pid})` });
  const args2 = ['share', '--stay', join(ann, 'nothing')];
  const failed = await runP2p(t, { home: ann, args: args2 });
  t.match(failed, { status: 4, stdout: '', stderr: /^error: .*nothing/m });
});

t.test('who begins what stays is warned of an address that nobody reaches', async (t) => {
  const ann = testFolder(t, { 'a note': 'hello' });
  const args = ['share', '--stay', '--json', '--address', '127.0.0.1:9', join(ann, 'a note')];
  const { stderr, stdout } = await runP2p(t, { home: ann, args });
  const pid = await backgroundPid(t, ann);
  t.match(stderr, /^this machine has no address that others reach/m);
  t.match(JSON.parse(stdout), { link: LINK, pid: Number(pid) });
  t.equal(stderr.match(/whoever has the link runs/g)?.length, 1);
  t.match(await runP2p(t, { home: ann, args: ['down'] }), { status: 0 });
});

t.test('on a terminal it shows who has taken what', { skip: !hasPtyShell }, async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {} });
  const [ann, ben] = [join(folder, 'ann'), join(folder, 'ben')];
  writeFileSync(join(ann, 'film'), sampleBytes(3_000_000));
  const shell = new PtyShell(t, ann);
  await shell.run('stty cols 80 rows 24; "$NODE" "$P2P" share film');
  const shown = await shell.seen(/NAME {2}TAKES {2}GOT {2}RATE {2}FROM\r\n\(nobody has[^)]*\)/);
  const [link = ''] = /p2p:\/\/\S+/.exec(shown) ?? [];
  t.match(await lines.run({ home: ben, args: ['get', link, ben] }), { status: 0 });
  const after = await shell.seen(/NAME[^]*?film {3}2\.86 MiB {2,}\S+\r\n/);
  t.match(after, / joined share-[0-9a-f]{6} by your link\r\nNAME/, 'the table stands below');
  shell.type('\u0003');
  t.match(await shell.seen(/sh> /), /\u001b\[\?25h/, 'the cursor is back');
  shell.type('echo "status $?"\n');
  t.match(await shell.seen(/status \d/), 'status 0');
});

t.test('what cannot be shared leaves nothing behind', async (t) => {
  const folder = testFolder(t, { ann: {}, 'a note': 'hello' });
  const home = join(folder, 'ann');
  const args = ['share', join(folder, 'a note'), join(folder, 'nothing.mkv')];
  const ended = await runP2p(t, { home, args });
  t.match(ended, { status: 4, stdout: '', stderr: /^error: .*nothing\.mkv/m });
  t.same(readdirSync(home), [], 'no tracker, no account, no group');
});

t.test('nothing is shared in a group into which one makes no link', async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {}, 'a note': 'hello' });
  const { port } = await startTracker(t, join(folder, 'tracker'), 0);
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const as = (user: string, ...args: string[]) =>
    lines.run({ home: join(folder, user), args, env });
  for (const verb of ['create-user', 'login']) t.match(await as('ann', verb, 'ann'), { status: 0 });
  await as('ann', 'create-group', 'films');
  const { stdout: link } = await as('ann', 'invite', 'films');
  t.match(await as('ben', 'join', link), { status: 0 });
  const refused = await as('ben', 'share', join(folder, 'a note'), '--group', 'films');
  t.match(refused, { status: 3, stdout: '', stderr: /may make links into it; leave --group out/ });
  t.match(await as('ann', 'files', 'films'), { status: 0, stdout: '' });
});
