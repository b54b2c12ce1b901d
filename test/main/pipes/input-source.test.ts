import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { InputBuffers } from '../../../src/main/pipes/input-buffers.js';
import { sourceOf, type InputSource } from '../../../src/main/pipes/input-source.js';
import type { InputStream } from '../../../src/main/terminal/environment.js';
import { CancelledError } from '../../../src/net/errors.js';
import { laterByTimer } from '../../../src/net/later.js';
import { testFolder } from '../../fixtures/test-folder.js';

const MIB = 2 ** 20;

/** All that a source brings, taken as slowly as the test says. */
async function broughtBy(source: InputSource, onWrite = (): Promise<void> => Promise.resolve()) {
  const parts: Buffer[] = [];
  const buffers = new InputBuffers({
    write: async (bytes) => {
      await onWrite();
      parts.push(Buffer.from(bytes));
    },
    onFailed: (error) => source.giveUp(error),
    later: laterByTimer,
  });
  try {
    await source.bringInto(buffers);
    await buffers.finish();
  } finally {
    await buffers.close();
  }
  return Buffer.concat(parts);
}

let pipes = 0;

/** What Node makes of standard input that is a pipe, and the end to write to. */
function pipe(folder: string): { stream: InputStream; writing: number } {
  const path = join(folder, `pipe-${++pipes}`);
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Without a writer it would be at its end.
  const writing = openSync(path, 'w');
  const options = { fd, readable: true, writable: false, manualStart: true };
  const stream = Object.assign(new Socket(options), { fd });
  // Whoever reads it closes the descriptor, which may be another's by the end of the test.
  return { stream, writing };
}

t.test('a pipe comes whole, however slowly it is taken', { timeout: 60_000 }, async (t) => {
  const content = randomBytes(5 * MIB + 3);
  const folder = testFolder(t);
  const file = join(folder, 'content');
  writeFileSync(file, content);
  for (const isSlow of [false, true]) {
    const { stream, writing } = pipe(folder);
    const ended = once(spawn('cat', [file], { stdio: ['ignore', writing, 'inherit'] }), 'close');
    closeSync(writing);
    const wait = (): Promise<void> =>
      isSlow ? new Promise((resolve) => setImmediate(resolve)) : Promise.resolve();
    t.ok((await broughtBy(sourceOf(stream), wait)).equals(content));
    t.notOk(stream.readableDidRead, 'by a socket of its own');
    await ended;
  }
});

t.test('a file comes from where it is read already, and so does a device', async (t) => {
  const content = randomBytes(3 * MIB + 7);
  const folder = testFolder(t);
  const path = join(folder, 'content');
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  const stream = createReadStream('', { fd, autoClose: false });
  t.ok((await broughtBy(sourceOf(stream))).equals(content));
  const none = createReadStream('', { fd: openSync('/dev/null', 'r') });
  t.equal((await broughtBy(sourceOf(none))).length, 0);
});

t.test('a folder at standard input is an error, and no empty file', async (t) => {
  const fd = openSync(testFolder(t), 'r');
  t.teardown(() => closeSync(fd));
  const program = new URL('./input-child.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], { stdio: [fd, 'pipe', 'inherit'] });
  const [said] = await Promise.all([text(child.stdout!), once(child, 'close')]);
  t.match(said, /^StorageError: cannot read standard input: .*folder/);
});

t.test('what has been read from already goes on as it began', { timeout: 60_000 }, async (t) => {
  const { stream, writing: fd } = pipe(testFolder(t));
  writeSync(fd, 'abc');
  const first = await new Promise<Buffer>((resolve) => {
    stream.once('data', (chunk: Buffer) => {
      stream.pause();
      resolve(chunk);
    });
  });
  t.equal(first.toString(), 'abc');
  writeSync(fd, 'def');
  closeSync(fd);
  t.equal((await broughtBy(sourceOf(stream))).toString(), 'def');
  const handed = new PassThrough();
  handed.end('xyz');
  t.equal((await broughtBy(sourceOf(handed))).toString(), 'xyz');
});

t.test('who gives up hears nothing more of a writer who stays', { timeout: 60_000 }, async (t) => {
  const { stream, writing: fd } = pipe(testFolder(t));
  t.teardown(() => closeSync(fd));
  writeSync(fd, 'abc');
  const source = sourceOf(stream);
  const reason = new CancelledError('interrupted', 'INTERRUPTED');
  const brought = broughtBy(source, () => {
    source.giveUp(reason);
    return Promise.resolve();
  });
  await t.rejects(brought, { code: 'INTERRUPTED' });
  const early = sourceOf(stream);
  early.giveUp(reason);
  await t.rejects(broughtBy(early), { code: 'INTERRUPTED' });
});

t.test('what cannot be written ends the reading of a pipe', { timeout: 60_000 }, async (t) => {
  const { stream, writing: fd } = pipe(testFolder(t));
  t.teardown(() => closeSync(fd));
  writeSync(fd, 'abc');
  const full = (): Promise<void> => Promise.reject(new CancelledError('full'));
  await t.rejects(broughtBy(sourceOf(stream), full), { message: 'full' });
});
