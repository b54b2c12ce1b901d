/** What takes the bytes of standard output: a stream, or a file by its descriptor. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fileSink, sinkOf, type WriteSome } from '../../../src/main/pipes/output-sink.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const content = Buffer.from(sampleBytes(100_003));

function openFile(t: Test) {
  const path = join(testFolder(t), 'output');
  const fd = openSync(path, 'w');
  t.teardown(() => closeSync(fd));
  return { path, fd };
}

/** Takes at most so much at a time, and no more than `room` in all. */
function limited(most: number, room = Infinity): WriteSome {
  let taken = 0;
  return async (fd, buffer, offset, length) => {
    if (taken === room) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    const bytesWritten = writeSync(fd, buffer, offset, Math.min(length, most, room - taken));
    taken += bytesWritten;
    return { bytesWritten };
  };
}

t.test('a file that takes less than it was given is given the rest', async (t) => {
  const { path, fd } = openFile(t);
  const sink = fileSink(fd, limited(997));
  await sink.write(content.subarray(0, 50_000));
  await sink.write(content.subarray(50_000));
  await sink.finish();
  t.ok(readFileSync(path).equals(content));
});

t.test('a disk that becomes full in the middle of a write is told', async (t) => {
  const { path, fd } = openFile(t);
  const sink = fileSink(fd, limited(70_000, 70_000));
  await t.rejects(sink.write(content), { code: 'DISK_FULL', message: /standard output/ });
  t.ok(readFileSync(path).equals(content.subarray(0, 70_000)));
});

t.test('what has a descriptor and is no socket is a file, and goes on where it ends', async (t) => {
  const { path, fd } = openFile(t);
  const sink = sinkOf(Object.assign(new PassThrough(), { fd }));
  writeSync(fd, 'before ');
  await sink.write(Buffer.from('one '));
  await sink.write(Buffer.from('two'));
  await sink.finish();
  sink.giveUp();
  t.equal(readFileSync(path, 'utf8'), 'before one two');
});

t.test(
  'a descriptor that cannot be written to is an error, and a device needs no sync',
  async (t) => {
    const fd = openSync('/dev/null', 'r');
    t.teardown(() => closeSync(fd));
    await t.rejects(fileSink(fd).write(content), { name: 'StorageError' });
    await fileSink(fd).finish();
  },
);

t.test('everything else is written to as a stream', async (t) => {
  const stream = new PassThrough();
  const sink = sinkOf(stream);
  await sink.write(Buffer.from('some'));
  await sink.finish();
  t.equal(String(stream.read()), 'some');
  sink.giveUp();
  t.ok(stream.destroyed);
});
