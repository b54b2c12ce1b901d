/** A pipe that a thread takes into a file, with real pipes between programs: those that Node makes are sockets. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { pipedInputOf } from '../../../src/main/pipes/piped-input.js';
import { INPUT_AHEAD_BYTES, INPUT_BATCH_BYTES } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

const MIB = 2 ** 20;
/** There a pipe is read as the stream that Node makes of it. */
const isElsewhere = process.platform !== 'linux';
const child = new URL('./piped-input-child.js', import.meta.url).pathname;
/** Brings `abc`, and then what comes through another pipe, which the test opens. */
const HELD = 'mkfifo hold; echo made; { printf abc; cat hold; }';

/** Runs a script of the shell in which `"$@"` takes the pipe into `to`; answers the lines that it says. */
function shell(t: Test, { folder, what = '' }: { folder: string; what?: string }, script: string) {
  const to = join(folder, 'to');
  const words = ['-c', script, 'sh', process.execPath, child, to, what];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const running = spawn('/bin/sh', words, { cwd: folder, stdio: [...stdio] });
  const ended = once(running, 'close');
  t.teardown(() => ended);
  const lines = createInterface(running.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const lastWords = async (): Promise<string[]> => {
    const all: string[] = [];
    for (let line = await next(); line !== 'undefined'; line = await next())
      if (!line.startsWith('written')) all.push(line);
    return all;
  };
  return { to, next, lastWords, hold: join(folder, 'hold') };
}

t.test('all that a pipe brings is in the file', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const content = randomBytes(9 * MIB + 3);
  writeFileSync(join(folder, 'content'), content);
  const { to, lastWords } = shell(t, { folder }, 'cat content | "$@"');
  t.strictSame(await lastWords(), ['ended']);
  t.ok(readFileSync(join(to, 'input')).equals(content));
});

t.test('a pipe that brings nothing makes an empty file', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const { to, lastWords } = shell(t, { folder }, 'true | "$@"');
  t.strictSame(await lastWords(), ['ended']);
  t.equal(readFileSync(join(to, 'input')).length, 0);
});

t.test('what comes slowly is written as it comes', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const { to, next, lastWords, hold } = shell(t, { folder }, `${HELD} | "$@"`);
  t.strictSame([await next(), await next()], ['made', 'written 3']);
  const fd = openSync(hold, 'w');
  t.equal(readFileSync(join(to, 'input.taking'), 'utf8'), 'abc');
  writeSync(fd, 'def');
  t.equal(await next(), 'written 6');
  closeSync(fd);
  t.strictSame(await lastWords(), ['ended']);
  t.equal(readFileSync(join(to, 'input'), 'utf8'), 'abcdef');
});

t.test('who gives up waits for nobody who brings nothing', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const after = '{ "$@"; echo over; }';
  const { next, hold } = shell(t, { folder, what: 'end' }, `${HELD} | ${after}`);
  t.strictSame([await next(), await next()], ['made', 'written 3']);
  t.strictSame([await next(), await next(), await next()], ['INTERRUPTED', 'left 0', 'over']);
  closeSync(openSync(hold, 'w'));
});

t.test('a process ends though its thread waits for more', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const after = '{ "$@"; echo "status $?"; }';
  const { next, hold } = shell(t, { folder, what: 'exit' }, `${HELD} | ${after}`);
  t.strictSame([await next(), await next(), await next()], ['made', 'written 3', 'status 3']);
  closeSync(openSync(hold, 'w'));
});

t.test('what cannot be written is told, and nothing is left', { timeout: 60_000 }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const script = 'head -c 3000000 /dev/zero | { ulimit -f 2048; "$@"; }';
  const { to, lastWords } = shell(t, { folder }, script);
  t.strictSame(await lastWords(), ['FILE_TOO_LARGE', 'left 0']);
  t.strictSame(readdirSync(to), []);
});

t.test('a thread that nobody hears waits', { timeout: 60_000, skip: isElsewhere }, async (t) => {
  const folder = testFolder(t, { to: {} });
  const bytes = 3 * INPUT_AHEAD_BYTES;
  const script = `head -c ${bytes} /dev/zero | "$@"`;
  const { lastWords } = shell(t, { folder, what: 'held' }, script);
  const [most, whole] = await lastWords();
  t.equal(whole, `whole ${bytes}`);
  const mostBytes = Number(most?.split(' ')[1]);
  t.ok(mostBytes <= INPUT_AHEAD_BYTES + INPUT_BATCH_BYTES, `${mostBytes} bytes`);
});

t.test('nothing but a pipe without a name is taken so', (t) => {
  t.equal(pipedInputOf(new PassThrough()), undefined);
  t.equal(pipedInputOf(new Socket()), undefined);
  t.end();
});
