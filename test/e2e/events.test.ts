/** What happens, as a line of JSON each: of a command that works, and of a client that runs. Every line has its shape. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { answers } from '../../src/main/answers/answers.js';
import { flawsOfAnswer } from '../../src/main/answers/answer-shape.js';
import { flawsOfEvent } from '../../src/main/answers/event-shapes.js';
import { inPackage } from '../../src/net/package-root.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, P2pProcess, startTracker, type Ended } from './p2p-process.js';

const lines = new LineRunner(t);

type Line = Readonly<Record<string, unknown>> & {
  readonly event: string;
  readonly answer?: object;
};

/** The lines that were printed, each of which has the shape of its event. */
function linesOf(t: Test, stdout: string): Line[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((text) => {
    const line = JSON.parse(text) as Line;
    t.same(flawsOfEvent(line), [], text);
    return line;
  });
}

/** Those of a command; the last one is its answer. */
function eventsOf(t: Test, verb: string, { status, stdout }: Ended): Line[] {
  const lines = linesOf(t, stdout);
  const last = lines.at(-1);
  t.match(last, { event: 'result', status });
  t.same(flawsOfAnswer(answers[verb]!, last?.answer, status !== 0), [], verb);
  t.equal(lines.filter(({ event }) => event === 'result').length, 1);
  return lines;
}

async function scene(t: Test) {
  const folder = testFolder(t, { ann: {}, ben: {}, tracker: {} });
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a password' };
  const setup = (name: string, args: readonly string[]) => {
    return { home: join(folder, name), args, env };
  };
  const run = (name: string, ...args: string[]) => lines.run(setup(name, args));
  for (const name of ['ann', 'ben']) {
    t.match(await run(name, 'create-user', name), { status: 0 });
    t.match(await run(name, 'login', name), { status: 0 });
  }
  t.match(await run('ann', 'create-group', 'g'), { status: 0 });
  writeFileSync(join(folder, 'ann', 'a film'), sampleBytes(3_000_000));
  return { run, setup };
}

t.test('commands and clients tell what happens, and end with the answer', async (t) => {
  const { run, setup } = await scene(t);
  const upload = eventsOf(t, 'upload', await run('ann', 'upload', 'a film', 'g', '--events'));
  t.match(upload, [
    { event: 'tracker-connected' },
    { event: 'started', work: 'upload', groupId: 'g', fileName: 'a film', size: 3_000_000 },
  ]);
  t.ok(upload.some(({ event }) => event === 'done'));

  const serve = new P2pProcess(t, setup('ann', ['serve', '--events', '--host', '127.0.0.1']));
  await serve.printed(/"event":"ready"/);
  const follow = new P2pProcess(t, setup('ann', ['events']));
  const begin = JSON.parse(await follow.printed(/"event":"ready"/)) as Line;
  t.same(flawsOfAnswer(answers['events']!, begin.answer, false), []);
  const ofGroup = ['events', '--type', 'join-request', '--group', 'g'];
  const requests = new P2pProcess(t, setup('ann', ofGroup));
  await requests.printed(/"event":"ready"/);

  t.match(await run('ben', 'join', 'g'), { status: 0 });
  await requests.printed(/"event":"join-request","v":1,"time":\d+,"groupId":"g","userId":"ben"/);
  t.match(await run('ann', 'accept', 'g', 'ben'), { status: 0 });
  await follow.printed(/"event":"member-added"/);

  const got = await run('ben', 'download', 'g', 'a film', '--events', '--no-lan');
  t.match(got.stderr, NOTHING_SAID);
  const download = eventsOf(t, 'download', got);
  const names = new Set(download.map(({ event }) => event));
  for (const name of ['started', 'progress', 'peer', 'done', 'result']) t.ok(names.has(name), name);
  t.match(
    download.find(({ event, state }) => event === 'peer' && state === 'active'),
    { userId: 'ann', fileName: 'a film' },
  );
  await follow.printed(/"event":"take-started",.*"userId":"ben"/);
  await follow.printed(/"event":"take-ended"/);
  t.match(eventsOf(t, 'verify', await run('ben', 'verify', '--events')).at(-2), {
    ...{ event: 'done', work: 'verify', size: 3_000_000 },
  });

  const none = await run('ben', 'download', 'g', 'no film', '--events');
  t.match(eventsOf(t, 'download', none).at(-1), { answer: { error: { code: 'NO_SUCH_FILE' } } });
  t.match(none, { status: 4, stderr: /^error: / });
  const wrong = await run('ben', 'download', '--events', '--nosuch');
  t.match(linesOf(t, wrong.stdout), [{ event: 'result', status: 2 }]);

  t.match(await requests.kill('SIGINT'), { status: 0, stderr: NOTHING_SAID });
  const served = await serve.kill('SIGTERM');
  const of = linesOf(t, served.stdout);
  t.match(of.at(-1), { event: 'result', status: 0 });
  t.ok(of.some(({ event }) => event === 'take-ended'));
  const followed = await follow.ended;
  t.match(followed, { status: 0, stderr: NOTHING_SAID }, 'it ends with the client that it follows');
  linesOf(t, followed.stdout);
});

t.test('who follows a group hears of what comes to it, is replaced and goes', async (t) => {
  const { run, setup } = await scene(t);
  t.match(await run('ben', 'join', 'g'), { status: 0 });
  t.match(await run('ann', 'accept', 'g', 'ben'), { status: 0 });
  const serve = new P2pProcess(t, setup('ben', ['serve', '--host', '127.0.0.1']));
  await serve.printed(/^serving/);
  t.match(await run('ben', 'events', '--type', 'file-added'), {
    status: 2,
    stderr: /^error: say with --group of which groups file-added is wanted/,
  });
  t.match(await run('ben', 'events', '--group', 'nosuch'), { status: 4, stderr: /^error: / });
  const follow = new P2pProcess(t, setup('ben', ['events', '--group', 'g']));
  await follow.printed(/"event":"ready"/);

  t.match(await run('ann', 'upload', 'a film', 'g'), { status: 0 });
  await follow.printed(/"event":"file-added".*"groupId":"g","fileName":"a film",.*"size":3000000/);
  writeFileSync(join(setup('ann', []).home, 'a film'), sampleBytes(4_000_000));
  t.match(await run('ann', 'upload', 'a film', 'g', '--replace'), { status: 0 });
  await follow.printed(/"event":"file-replaced".*"fileName":"a film",.*"size":4000000/);
  t.match(await run('ann', 'stop-share', 'g', 'a film'), { status: 0 });
  await follow.printed(/"event":"file-removed".*"fileName":"a film"/);

  t.match(await run('ann', 'kick', 'g', 'ben', '--yes'), { status: 0 });
  const ended = await follow.ended;
  t.match(ended, { status: 3, stderr: /^error: / }, 'it ends with the membership');
  const names = linesOf(t, ended.stdout).map(({ event }) => event);
  for (const name of ['file-added', 'file-replaced', 'file-removed'])
    t.equal(names.filter((one) => one === name).length, 1, name);
  t.match(await serve.kill('SIGINT'), { status: 0 });
});

t.test('following ends with its reader, and needs a client that runs', async (t) => {
  const { run, setup } = await scene(t);
  t.match(await run('ann', 'events'), {
    status: 5,
    stderr: /^error: no client runs for this home/,
  });
  t.match(await run('ann', 'events', '--type', 'dnoe'), {
    status: 2,
    stderr: /^error: there is no event "dnoe"; did you mean done\?/,
  });
  t.match(await run('ann', 'upload', 'a film', 'g'), { status: 0 });
  const serve = new P2pProcess(t, setup('ann', ['serve', '--host', '127.0.0.1']));
  await serve.printed(/^serving 1 file/);
  const { home, env } = setup('ann', []);
  const program = `"${process.execPath}" "${inPackage('bin/p2p.js')}" events | head -1; echo \${PIPESTATUS[0]}`;
  const shell = spawn('bash', ['-c', program], { env: { ...process.env, ...env, P2P_HOME: home } });
  let text = '';
  shell.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const ended = once(shell, 'close');
  while (!text.includes('ready'))
    await new Promise((resolve) => shell.stdout.once('data', resolve));
  // The next event meets a pipe that nobody reads.
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver)
    await run('ann', 'stop-share', 'g', 'a film').then(() => run('ann', 'upload', 'a film', 'g'));
  t.match(text, /"event":"ready".*\n0\n$/);
  t.match(await serve.kill('SIGINT'), { status: 0 });
});

t.test('who reads no events of a client keeps it from nothing, and not from its end', async (t) => {
  const { run, setup } = await scene(t);
  const { home, env, args } = setup('ann', ['serve', '--events', '--host', '127.0.0.1']);
  // A pipe that is full, and that nobody reads.
  const full = 'mkfifo f && exec 3<>f && head -c 65536 /dev/zero >&3 && exec "$0" "$@" >&3';
  const words = ['-c', full, process.execPath, inPackage('bin/p2p.js'), ...args];
  const serve = spawn('/bin/sh', words, {
    cwd: home,
    env: { PATH: process.env['PATH'], P2P_HOME: home, ...env },
    stdio: 'ignore',
  });
  const ended = once(serve, 'close');
  t.teardown(() => serve.kill('SIGKILL'));
  const isServing = async (): Promise<boolean> =>
    (await run('ann', 'status', '--json')).stdout.includes('"listening":{');
  while (!(await isServing())) t.equal(serve.exitCode, null);
  t.match(await run('ann', 'upload', 'a film', 'g'), { status: 0 }, 'it works for others');
  serve.kill('SIGTERM');
  t.same(await ended, [0, null]);
});
