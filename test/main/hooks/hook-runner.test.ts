/** Hooks as real processes: their turn, their end, and that no shell reads what they are given. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import type { HookEvent } from '../../../src/main/hooks/hook-event.js';
import { HookRunner, type HookJob } from '../../../src/main/hooks/hook-runner.js';
import {
  END_WITHIN_MS,
  HOOK_END_GRACE_MS,
  HOOK_OUTPUT_WAIT_MS,
  HOOK_TIME_LIMIT_MS,
} from '../../../src/net/limits.js';
import { inPackage } from '../../../src/net/package-root.js';
import { laterByTimer, type Later } from '../../../src/net/later.js';
import { testFolder } from '../../fixtures/test-folder.js';

const isWindows = process.platform === 'win32';

function scene(t: Test, { atATime = 1, mayWait = 10 } = {}) {
  const folder = testFolder(t, {});
  const lines: string[] = [];
  const failures: string[] = [];
  const hearing = new Set<() => void>();
  /** Limits pass when the test says so; all else by the clock. */
  const limits: { readonly waitMs: number; readonly work: () => void }[] = [];
  const later: Later = (waitMs, work) => {
    if (waitMs !== HOOK_TIME_LIMIT_MS && waitMs !== HOOK_END_GRACE_MS)
      return laterByTimer(waitMs, work);
    const limit = { waitMs, work };
    limits.push(limit);
    return () => void limits.splice(limits.indexOf(limit), 1);
  };
  const pass = (waitMs: number): void => limits.find((one) => one.waitMs === waitMs)?.work();
  const runner = new HookRunner({
    ...{ atATime, mayWait, later },
    onLine: (line) => {
      lines.push(line);
      for (const hear of hearing) hear();
    },
    onFailure: (line) => failures.push(line),
  });
  t.teardown(async () => {
    const closed = runner.close();
    pass(HOOK_END_GRACE_MS);
    pass(HOOK_END_GRACE_MS);
    await closed;
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const hear = (): void => {
        if (!lines.some((line) => line.includes(text))) return;
        hearing.delete(hear);
        resolve();
      };
      hearing.add(hear);
      hear();
    });
  return { folder, lines, failures, runner, said, pass, limits };
}

const event: HookEvent = { type: 'complete', groupId: 'g', fileName: 'f', path: '/f', size: 1 };

function job(code: string, ...further: string[]): HookJob {
  const env = { PATH: process.env['PATH'] ?? '', P2P_FILE: 'f' };
  const words = [process.execPath, '-e', code, ...further] as const;
  return { event, words, env: () => env, cwd: process.cwd() };
}

const WAITS = `process.on('SIGTERM', () => process.exit(0)); console.log('waits'); setInterval(() => {}, 1000);`;
const STUBBORN = `process.on('SIGTERM', () => console.log('no')); console.log('waits'); setInterval(() => {}, 1000);`;

t.test('words reach it as they are, and what it says is told', async (t) => {
  const { lines, failures, runner } = scene(t);
  const hostile = ['$(id)', '; id', '`id`', "'", '*', 'a\nb', '-x'];
  runner.run(
    job(
      'console.log(JSON.stringify(process.argv.slice(1)), process.env.P2P_FILE)',
      '--',
      ...hostile,
    ),
  );
  await runner.whenIdle();
  t.same(lines, [`on-complete of f: ${JSON.stringify(hostile)} f`]);
  t.same(failures, []);
});

t.test('what it prints cannot steer a terminal', async (t) => {
  const { lines, runner } = scene(t);
  runner.run(job(`console.error('a\\u001b[2Jb')`));
  await runner.whenIdle();
  t.same(lines, ['on-complete of f: ab']);
});

t.test('how it fails is one line, and the next has its turn', async (t) => {
  const { folder, lines, failures, runner } = scene(t);
  const path = join(folder, 'not-to-run');
  await writeFile(path, 'x', { mode: 0o644 });
  runner.run(job('process.exitCode = 3'));
  runner.run({ ...job(''), words: ['/no/such/program'] });
  runner.run({ ...job(''), words: [path] });
  runner.run({ ...job(''), words: ['a\0b'] });
  runner.run({ ...job(''), cwd: '/no/such/folder' });
  if (!isWindows) runner.run(job(`process.kill(process.pid, 'SIGKILL')`));
  runner.run(job(`console.log('last')`));
  await runner.whenIdle();
  t.equal(failures.length, isWindows ? 5 : 6);
  t.match(failures[0], /^on-complete of f: .* ended with status 3$/);
  for (const line of failures.slice(1, 5)) t.match(line, /could not be run: /);
  if (!isWindows) t.match(failures[5], /was ended by SIGKILL$/);
  t.same(lines, ['on-complete of f: last']);
});

t.test('so many run at a time, in their order; more than may wait are left out', async (t) => {
  const { lines, failures, runner, said, folder } = scene(t, { atATime: 1, mayWait: 2 });
  const end = join(folder, 'end');
  const first = `console.log('first'); const wait = () => require('fs').existsSync(${JSON.stringify(end)}) ? 0 : setTimeout(wait, 5); wait();`;
  runner.run(job(first));
  await said('first');
  runner.run(job(`console.log('second')`));
  runner.run(job(`console.log('third')`));
  runner.run(job(`console.log('fourth')`));
  runner.run(job(`console.log('fifth')`));
  const sixth = runner.runInTurn(job(`console.log('sixth')`));
  t.same(failures, [], 'how many is said when it is known');
  await writeFile(end, '');
  await sixth;
  await runner.whenIdle();
  t.same(failures, ['2 hooks were left out: 2 waited already']);
  t.same(
    lines.map((line) => line.replace('on-complete of f: ', '')),
    ['first', 'second', 'third', 'sixth'],
  );
});

t.test('one that runs too long is asked to end', async (t) => {
  const { failures, runner, said, pass, limits } = scene(t);
  runner.run(job(WAITS));
  await said('waits');
  pass(HOOK_TIME_LIMIT_MS);
  await runner.whenIdle();
  t.match(failures, [/was ended, because it ran for 10 m 0 s$/]);
  t.same(limits, [], 'no timer is left');
});

t.test(
  'and is ended when it does not, with what it has started',
  { skip: isWindows },
  async (t) => {
    const { failures, runner, said, pass, folder } = scene(t);
    const out = join(folder, 'pid');
    const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(STUBBORN)}], { stdio: ['ignore', 'inherit', 'inherit'] })`;
    runner.run(
      job(
        `const c = ${child}; require('fs').writeFileSync(${JSON.stringify(out)}, String(c.pid)); ${STUBBORN.replace("console.log('waits');", '')}`,
      ),
    );
    await said('waits');
    pass(HOOK_TIME_LIMIT_MS);
    await said('no');
    pass(HOOK_END_GRACE_MS);
    await runner.whenIdle();
    t.match(failures, [/was ended, because/]);
    const pid = Number(await readFile(out, 'utf8'));
    // Killed with its group; who collects it may come a moment later.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    t.match(stat, /^$|\) [ZX] /);
  },
);

t.test('the end of the client asks those that run to end, and begins no other', async (t) => {
  const { failures, lines, runner, said } = scene(t);
  runner.run(job(WAITS));
  runner.run(job(`console.log('never')`));
  await said('waits');
  const closed = runner.close();
  t.match(failures, ['1 hook was not run: this client has ended']);
  runner.run(job(`console.log('never')`));
  await closed;
  t.match(failures[1], /was ended with this client$/);
  t.same(lines, ['on-complete of f: waits']);
});

t.test('they are ended before the time to close is over', (t) => {
  t.ok(HOOK_END_GRACE_MS + HOOK_OUTPUT_WAIT_MS < END_WITHIN_MS);
  t.end();
});

/** Starts another one in its group, which does not end when it is asked to, and writes down its number. */
function withHelper(out: string): string {
  const helper = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(STUBBORN)}], { stdio: ['ignore', 'inherit', 'inherit'] })`;
  return `require('fs').writeFileSync(${JSON.stringify(out)}, String(${helper}.pid)); setInterval(() => {}, 1000);`;
}

async function isGone(pid: number): Promise<boolean> {
  // It is killed with its group, and ends a moment later.
  for (let looks = 0; looks < 400; looks++) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (/^$|\) [ZX] /.test(stat)) return true;
    await sleep(25);
  }
  return false;
}

t.test('what one has started ends with it', { skip: isWindows }, async (t) => {
  const { runner, said, folder } = scene(t);
  const out = join(folder, 'pid');
  runner.run(job(withHelper(out)));
  await said('waits');
  await runner.close();
  t.ok(await isGone(Number(await readFile(out, 'utf8'))));
});

t.test('none outlives a process that ends at once', { skip: isWindows }, async (t) => {
  const { folder } = scene(t);
  const out = join(folder, 'pid');
  const words = [process.execPath, '-e', withHelper(out)];
  const program = `
import { HookRunner } from ${JSON.stringify(pathToFileURL(inPackage('dist/src/main/hooks/hook-runner.js')).href)};
const runner = new HookRunner({ atATime: 1, mayWait: 1, onLine: () => process.exit(7), onFailure: () => undefined });
const event = { type: 'request', groupId: 'g', userId: 'u' };
runner.run({ event, words: ${JSON.stringify(words)}, env: () => process.env, cwd: '/' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: 'ignore',
  });
  t.equal((await once(child, 'close'))[0], 7);
  t.ok(await isGone(Number(await readFile(out, 'utf8'))));
});
