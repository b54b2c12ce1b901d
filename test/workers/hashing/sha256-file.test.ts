/** The SHA-256 of a local file. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { SHA256_BYTES } from '../../../src/net/description.js';
import { MiB } from '../../../src/net/limits.js';
import { sha256File } from '../../../src/workers/hashing/sha256-file.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

async function taskFor(t: Test, content: Buffer, size = content.length) {
  const file = await open(join(testFolder(t, { file: content }), 'file'), 'r');
  const { port1, port2 } = new MessageChannel();
  t.teardown(async () => {
    port1.close();
    await file.close();
  });
  return {
    port: port2,
    content: { type: 'file', fd: file.fd } as const,
    size,
    digest: new SharedArrayBuffer(SHA256_BYTES),
  };
}

t.test('files of no byte, of a few and of more than one read', async (t) => {
  for (const length of [0, 5, MiB, 2 * MiB + 7]) {
    const content = sampleBytes(length);
    const task = await taskFor(t, content);
    await sha256File(task);
    const expected = createHash('sha256').update(content).digest('hex');
    t.equal(Buffer.from(task.digest).toString('hex'), expected, `${length} bytes`);
  }
});

t.test('only the bytes that the file is said to have count', async (t) => {
  const content = sampleBytes(MiB + 100);
  const task = await taskFor(t, content, MiB + 1);
  await sha256File(task);
  const expected = createHash('sha256')
    .update(content.subarray(0, MiB + 1))
    .digest('hex');
  t.equal(Buffer.from(task.digest).toString('hex'), expected);
});

t.test('a file that is shorter than it was said to be is FILE_CHANGED', async (t) => {
  const task = await taskFor(t, sampleBytes(1_000), MiB);
  await t.rejects(sha256File(task), { name: 'StorageError', code: 'FILE_CHANGED' });
});
