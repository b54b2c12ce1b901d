/** What every command of the program prints with `--json` when it goes well, held against its schema. */
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { flawsOfAnswer } from '../../src/main/answers/answer-shape.js';
import { answers } from '../../src/main/answers/answers.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess, backgroundPid, runP2p, startTracker, type Ended } from './p2p-process.js';

const P2P_PASSWORD = 'a password';
/** What begins processes, or ends them, is one. */
const PROCESSES: ReadonlySet<string> = new Set(['up', 'down', 'quickstart', 'bench']);
const seen = new Set<string>();
const lines = new LineRunner(t);

function run(
  t: Test,
  setup: { home: string; args: string[]; env?: Record<string, string> },
): Promise<Ended> {
  return PROCESSES.has(setup.args[0]!) ? runP2p(t, setup) : lines.run(setup);
}

t.test('every command answers in its form', { timeout: 600_000 }, async (t) => {
  const folder = testFolder(t, { ann: {}, ben: {}, eve: {}, tracker: {}, data: {} });
  const at = (...names: string[]): string => join(folder, ...names);
  const { port } = await startTracker(t, at('tracker'), 0, ['--data', at('data')]);
  const env = {
    ...{ P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD, P2P_NEW_PASSWORD: P2P_PASSWORD },
    // Nothing here asks a router.
    HOME: folder,
  };
  const as = (user: string, ...args: string[]): Promise<Ended> =>
    run(t, { home: at(user), args: [...args, '--json'], env });
  const check = (verb: string, line: string, hasFailed = false): Record<string, unknown> => {
    seen.add(verb);
    const value = JSON.parse(line) as Record<string, unknown>;
    t.same(flawsOfAnswer(answers[verb]!, value, hasFailed), [], `${verb}: ${line}`);
    return value;
  };
  const must = async (user: string, verb: string, ...args: string[]) => {
    const { status, stdout, stderr } = await as(user, verb, ...args);
    t.equal(status, 0, `${verb}: ${stderr}`);
    return check(verb.replace('_', '-'), stdout);
  };
  /** Fails, with what it had by then. */
  const fails = async (user: string, verb: string, ...args: string[]) => {
    const { status, stdout } = await as(user, verb, ...args);
    const value = check(verb, stdout, true);
    t.match(value, { error: { status } }, `${verb} ${args.join(' ')}`);
    return value;
  };
  const admin = async (...args: string[]) => {
    const words = ['tracker-admin', ...args, '--data', at('data')];
    const { status, stdout, stderr } = await as('tracker', ...words);
    t.equal(status, 0, stderr);
    check('tracker-admin', stdout);
  };

  for (const user of ['ann', 'ben']) await must(user, 'create-user', user);
  for (const user of ['ann', 'ben']) await must(user, 'login', user);
  await must('ann', 'passwd');
  await must('ann', 'whoami');
  await must('ann', 'devices');
  await must('ann', 'create-group', 'g');
  await must('ben', 'join', 'g');
  await must('ann', 'requests', 'g');
  await must('ann', 'groups');
  await must('ben', 'groups');
  await must('ann', 'accept', 'g', 'ben');
  await must('ann', 'members', 'g');
  await must('ann', 'role', 'g', 'ben', 'reader');
  const { link } = await must('ann', 'invite', 'g');
  const { invites } = (await must('ann', 'invites', 'g')) as { invites: [{ inviteId: string }] };
  await must('eve', 'join', String(link), '--as', 'eve');
  await must('ann', 'invites', 'g', '--revoke', invites[0].inviteId);
  await must('ann', 'ban', 'g', 'eve');
  await must('ann', 'bans', 'g');
  await must('ann', 'unban', 'g', 'eve');
  await must('eve', 'join', 'g');
  await must('ann', 'reject', 'g', 'eve');
  await must('ann', 'history', 'g');
  await must('ann', 'history', 'g', '--verify');

  mkdirSync(at('album', 'inner'), { recursive: true });
  writeFileSync(at('album', 'inner', 'a'), 'a');
  for (const name of ['film', 'other', 'third']) writeFileSync(at(name), sampleBytes(70_000, name));
  await must('ann', 'upload', at('film'), 'g');
  await must('ann', 'upload', at('other'), at('album'), 'g');
  await fails('ann', 'upload', at('third'), at('nowhere'), 'g');
  writeFileSync(at('small'), 'small');
  // Longer than anybody waits for its hashes.
  writeFileSync(at('huge'), '');
  truncateSync(at('huge'), 2 ** 36);
  const half = new P2pProcess(t, {
    ...{ home: at('ann'), args: ['upload', at('small'), at('huge'), 'g', '--json'], env },
  });
  await half.noted(/1 of 2 files/);
  half.child.kill('SIGINT');
  const halfEnded = await half.ended;
  t.equal(halfEnded.status, 130);
  t.match(check('upload', halfEnded.stdout, true), {
    ...{ files: [{ fileName: 'small' }], counts: { done: 1, failed: 0 } },
    error: { code: 'INTERRUPTED' },
  });
  rmSync(at('huge'));
  await must('ann', 'shares');
  await must('ann', 'files', 'g');
  await must('ann', 'files', 'g', 'album/');
  await fails('ann', 'files', 'g', 'film', 'nothing');
  await must('ann', 'search', 'film');
  await must('ann', 'verify');
  await must('ann', 'limit', '--up', '50MiB/s');
  await must('ann', 'status');

  const serve = new P2pProcess(t, {
    ...{ home: at('ann'), env },
    args: ['serve', '--host', '127.0.0.1', '--gateway', '127.0.0.1:0', '--json'],
  });
  check('serve', await serve.printed(/./));
  await must('ann', 'link', 'g', 'film');
  const { linkId } = await must('ann', 'link', 'g', 'film', '--downloads', '3');
  await must('ann', 'links');
  await must('ann', 'links', 'g', '--revoke', String(linkId));
  const web = new P2pProcess(t, { home: at('ann'), args: ['web', '--json'], env });
  check('web', await web.printed(/./));
  t.equal((await web.kill('SIGTERM')).stdout.split('\n').length, 1, 'one line is all it prints');
  const to = at('ben', 'to');
  mkdirSync(to);
  await must('ben', 'why', 'g', 'film');
  await must('ben', 'download', 'g', 'film', to);
  await must('ben', 'download', 'g', 'film', to);
  await fails('ben', 'download', 'g', 'other', 'nothing', to);
  t.match(await must('ben', 'download', 'g', 'film', to, '--skip-existing'), {
    ...{ files: [{ outcome: 'skipped', size: 70_000 }], counts: { already: 1 } },
  });
  const all = await must('ben', 'download', '--all', 'g', to);
  t.notMatch(all, { files: [{ peers: Array }] }, 'of many files no peers are told');
  t.match(await must('ben', 'download', 'g', 'album', to), {
    files: [{ outcome: 'already-there', size: 1 }],
  });
  await must('ben', 'downloads');
  await must('ben', 'peers', 'g', 'film');
  t.match(await fails('ben', 'peers', 'g', 'fi*', 'x*'), {
    ...{ fileName: 'film', files: [{ fileName: 'film' }] },
    failures: [{ fileName: 'x*', code: 'NO_SUCH_DOWNLOAD' }],
  });
  t.match(await fails('ben', 'why', 'g', 'film', 'nothing'), {
    ...{ files: [{ fileName: 'film', cause: 'complete' }] },
    failures: [{ fileName: 'nothing', code: 'NO_SUCH_FILE' }],
  });
  t.match(await must('ben', 'verify', 'g', 'film', 'o*'), { files: 2, failures: [] });
  t.match(await fails('ben', 'forget', '--yes', 'g', 'fi*', 'nothing'), {
    ...{ downloads: [{ fileName: 'film' }], failures: [{ fileName: 'nothing' }] },
  });
  for (const name of ['slow', 'line']) {
    writeFileSync(at(name), sampleBytes(4_000_000, name));
    await must('ann', 'upload', at(name), 'g');
  }

  const where = ['127.0.0.1', '0', '127.0.0.1', `${port}`];
  const queue = ['--at-once', '1', '--down', '50KiB/s'];
  const line = new P2pProcess(t, {
    ...{ home: at('ben'), args: ['client', ...where, ...queue, '--json'], env },
  });
  line.child.stdin!.write(`login ben "${P2P_PASSWORD}"\n`);
  check('login', await line.printed(/"userId"/));
  for (const name of ['slow', 'line']) line.child.stdin!.write(`download_file g ${name} "${to}"\n`);
  await line.printed(/"fileName":"line"/);
  await must('ben', 'move', 'g', 'line', 'first');
  t.match(await fails('ben', 'move', 'g', 'slow', 'l*', 'last'), {
    ...{ downloads: [{ fileName: 'line', place: 1 }] },
    failures: [{ fileName: 'slow', code: 'NO_SUCH_DOWNLOAD' }],
  });
  t.match(await must('ben', 'pause', 'g', 'li*'), { downloads: [{ fileName: 'line' }] });
  await must('ben', 'resume', 'g', 'line');
  await must('ben', 'cancel', 'g', 'line');
  await line.endInput();

  const waits = new P2pProcess(t, {
    ...{ home: at('ben'), env },
    args: ['download', 'g', 'slow', to, '--down', '50KiB/s', '--json'],
  });
  await waits.noted(/[1-9] %/);
  await must('ben', 'why', 'g', 'slow');
  await must('ben', 'peers', 'g', 'slow');
  waits.child.kill('SIGINT');
  const { stdout: interrupted, status: end } = await waits.ended;
  t.equal(end, 130);
  t.match(check('download', interrupted, true), { error: { code: 'INTERRUPTED' } });
  await must('ben', 'resume', 'g', 'slow');
  t.match(await must('ben', 'sync', 'g', at('kept-by-ben'), '--once'), { groupId: 'g' });
  t.equal((await serve.kill('SIGTERM')).stdout.split('\n').length, 1, 'one line is all it prints');
  await fails('ben', 'download', 'g', 'third', to, '--overwrite', '--timeout', '1s');

  await must('ben', 'up', '--host', '127.0.0.1');
  await backgroundPid(t, at('ben'));
  await must('ben', 'up', '--host', '127.0.0.1');
  await must('ben', 'log');
  const { status: health, stdout: found } = await as('ben', 'doctor', at('ben'));
  check('doctor', found, health !== 0);
  const { status: reached, stdout: net } = await as('ben', 'doctor', 'net');
  t.match(check('doctor', net, reached !== 0), { trackerAddresses: [{ from: 'user' }] });
  await must('ben', 'down');
  // What it prints otherwise are events; see events.test.ts.
  await fails('ben', 'events');
  await must('ben', 'service', 'install', 'serve', '--dry-run');
  await must('ben', 'completion', 'bash');

  const client = new P2pProcess(t, {
    ...{ home: at('ben'), args: ['client', ...where, '--json'] },
    ...{ env, input: `login ben "${P2P_PASSWORD}"\nlist_groups\nlist_files nowhere\n` },
  });
  const lines = (await client.ended).stdout.split('\n');
  t.equal(lines.length, 3);
  check('login', lines[0]!);
  check('groups', lines[1]!);
  check('files', lines[2]!, true);
  seen.add('client');

  const share = new P2pProcess(t, {
    ...{ home: at('ann'), args: ['share', at('film'), '--host', '127.0.0.1', '--json'], env },
  });
  const shared = check('share', await share.printed(/./));
  await must('ben', 'get', String(shared['link']), to, '--overwrite');
  t.equal((await share.kill('SIGINT')).status, 0);

  await must('ann', 'transfer-owner', 'g', 'ben');
  await must('ben', 'kick', 'g', 'ann');
  await must('ben', 'leave', 'g');
  t.match(await fails('ann', 'stop-share', '-y', String(shared['groupId']), 'fi*', 'nothing'), {
    ...{ fileName: 'film', files: [{ fileName: 'film' }] },
    failures: [{ fileName: 'nothing', code: 'NOT_SHARED' }],
  });
  await admin('users');
  await admin('groups');
  await admin('disable', 'ben', '--reason', 'too loud');
  await admin('enable', 'ben');
  await admin('reset-password', 'ben');
  await admin('owner', 'ann', '--group', String(shared['groupId']));
  await admin('quota', '--all-users', '--files', '10');
  await admin('quota');
  await must('ann', 'status');
  for (const verb of ['backup', 'check']) {
    const words = verb === 'check' ? [] : [at('backup')];
    await must('tracker', `tracker-${verb}`, ...words, '--data', at('data'));
  }
  await must('tracker', 'tracker-check', at('backup'));
  await must('tracker', 'tracker-restore', at('backup'), '--data', at('restored'));
  await must('tracker', 'tracker-invite', '--data', at('data'));
  await must('ann', 'logout');

  const logged = new P2pProcess(t, {
    ...{ home: at('tracker'), args: ['tracker', '127.0.0.1', '0', '--data', at('restored')] },
  });
  await logged.printed(/^tracker listening/);
  const asJson = new P2pProcess(t, {
    home: at('eve'),
    args: ['tracker', '127.0.0.1', '0', '--data', at('eve', 'data'), '--json'],
  });
  t.match(JSON.parse(await asJson.printed(/./)), { event: 'listening' });
  seen.add('tracker');
});

t.test('help and the version are values too', async (t) => {
  const home = testFolder(t, {});
  const of = async (...args: string[]) => {
    const { stdout } = await run(t, { home, args: [...args, '--json'] });
    return JSON.parse(stdout) as unknown;
  };
  t.match(await of('--version'), { version: 1, programVersion: /^\d+\.\d+\.\d+$/ });
  t.match(await of('help', 'files'), { version: 1, help: /p2p files/ });
});

t.test('what measures this machine answers too, and nothing is left out', async (t) => {
  const home = testFolder(t, {});
  for (const args of [
    ['bench', '--size', '16MiB', '--dir', home],
    ['quickstart', '--size', '1MiB', '--peers', '1'],
    ['config', 'set', 'serve.port', '7001'],
    ['config', 'get', 'serve.port'],
    ['config', 'get', 'serve.host'],
    ['config', 'list'],
    ['config', 'unset', 'serve.port'],
  ]) {
    const { stdout, status } = await run(t, { home, args: [...args, '--json'] });
    t.equal(status, 0);
    t.same(flawsOfAnswer(answers[args[0]!]!, JSON.parse(stdout), false), []);
    seen.add(args[0]!);
  }
  t.same(
    Object.keys(answers).filter((verb) => !seen.has(verb)),
    [],
    'every command was tried',
  );
});
