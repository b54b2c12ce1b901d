import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { OUTPUT_BUFFER_BYTES } from '../../../src/net/limits.js';
import { ContentOutput } from '../../../src/main/pipes/content-output.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const content = Buffer.from(sampleBytes(3 * OUTPUT_BUFFER_BYTES + 17));

function scene(t: Test, bytes: Buffer = content) {
  const path = join(testFolder(t), 'growing');
  writeFileSync(path, bytes);
  return path;
}

/** Takes what comes as a pipe does: what it has taken is its own. */
class Taker extends Writable {
  readonly #chunks: Buffer[] = [];

  get taken(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    this.emit('taken');
    setImmediate(done);
  }
}

t.test('all of a file is written in order as it becomes readable', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  for (const bytes of [1, 2, OUTPUT_BUFFER_BYTES + 5, content.length - 1]) {
    output.onReadable({ path, bytes });
    await new Promise(setImmediate);
  }
  await output.finish({ path, bytes: content.length });
  output.close();
  t.ok(stream.taken.equals(content));
  t.notOk(output.failed.aborted);
});

t.test('nothing that is not readable yet is written', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  output.onReadable({ path, bytes: 10 });
  await new Promise((resolve) => stream.once('taken', resolve));
  appendFileSync(path, 'more');
  output.onReadable({ path, bytes: 10 });
  output.onReadable({ path, bytes: 12 });
  await new Promise((resolve) => stream.once('taken', resolve));
  output.close();
  t.ok(stream.taken.equals(content.subarray(0, 12)));
});

t.test('a file that gets another name while it is written is the same file', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  output.onReadable({ path, bytes: 5 });
  await new Promise((resolve) => stream.once('taken', resolve));
  renameSync(path, `${path}.whole`);
  await output.finish({ path: `${path}.whole`, bytes: content.length });
  t.ok(stream.taken.equals(content));
});

t.test('one that is not there any more under the first name is looked for again', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  output.onReadable({ path: `${path}.part`, bytes: 5 });
  await output.finish({ path, bytes: content.length });
  t.ok(stream.taken.equals(content));
});

t.test('an empty file is written at once', async (t) => {
  const path = scene(t, Buffer.alloc(0));
  const output = new ContentOutput(new PassThrough());
  await output.finish({ path, bytes: 0 });
  output.close();
  t.notOk(output.failed.aborted);
});

t.test('a reader who does not take it holds up the reading', async (t) => {
  const path = scene(t);
  const taken: (() => void)[] = [];
  let most = 0;
  let under = 0;
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      under += chunk.length;
      most = Math.max(most, under);
      taken.push(() => {
        under -= chunk.length;
        done();
      });
    },
  });
  const output = new ContentOutput(stream);
  let isOver = false;
  const finished = output.finish({ path, bytes: content.length }).then(() => (isOver = true));
  while (!isOver) {
    taken.shift()?.();
    await new Promise(setImmediate);
  }
  await finished;
  t.ok(most <= OUTPUT_BUFFER_BYTES, 'never more than one buffer is on its way');
});

t.test('a reader who goes ends it', async (t) => {
  const path = scene(t);
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
  });
  stream.on('error', () => undefined);
  const output = new ContentOutput(stream);
  await t.rejects(output.finish({ path, bytes: content.length }), { code: 'READER_GONE' });
  t.match(output.failed.reason, { code: 'READER_GONE' });
  output.close();
  output.close();
});

t.test('a full disk under the output, and a file that is taken away, end it too', async (t) => {
  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(), { code: 'ENOSPC' })),
  });
  full.on('error', () => undefined);
  const path = scene(t);
  const bytes = content.length;
  await t.rejects(new ContentOutput(full).finish({ path, bytes }), { code: 'DISK_FULL' });
  truncateSync(path, 3);
  const short = new ContentOutput(new PassThrough());
  await t.rejects(short.finish({ path, bytes }), { code: 'FILE_CHANGED' });
  rmSync(path);
  const none = new ContentOutput(new PassThrough());
  await t.rejects(none.finish({ path, bytes }), { code: 'FILE_NOT_FOUND' });
});

t.test('what is on its way when it is closed is given up', async (t) => {
  const path = scene(t);
  const stream = new Writable({ write: () => undefined });
  const output = new ContentOutput(stream);
  output.onReadable({ path, bytes: 10 });
  await new Promise(setImmediate);
  output.close();
  t.ok(stream.destroyed);
});

t.test('what is readable may be less for a while than what was written', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  output.onReadable({ path, bytes: 10 });
  await new Promise((resolve) => stream.once('taken', resolve));
  output.onReadable({ path, bytes: 4 });
  await new Promise(setImmediate);
  t.notOk(output.failed.aborted);
  await output.finish({ path, bytes: content.length });
  t.ok(stream.taken.equals(content));
});

t.test('a whole file that is shorter than what was written is another one', async (t) => {
  const path = scene(t);
  const stream = new Taker();
  const output = new ContentOutput(stream);
  output.onReadable({ path, bytes: 10 });
  await new Promise((resolve) => stream.once('taken', resolve));
  await t.rejects(output.finish({ path, bytes: 4 }), { code: 'FILE_CHANGED' });
});
