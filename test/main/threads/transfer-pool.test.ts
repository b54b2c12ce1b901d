import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { MiB } from '../../../src/net/limits.js';
import { TransferPool } from '../../../src/main/threads/transfer-pool.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const content = sampleBytes(MiB);
const expected = createHash('sha256').update(content).digest();

t.test('more tasks than threads, also while the threads load', async (t) => {
  const pool = new TransferPool(3);
  t.equal(pool.threadCount, 3);
  const file = await open(join(testFolder(t, { file: content }), 'file'));
  const run = (): Promise<Uint8Array> =>
    pool.sha256({ content: { type: 'file', fd: file.fd } as const, size: content.length });
  const digests = await Promise.all(Array.from({ length: 8 }, run));
  for (const digest of digests) t.same(Buffer.from(digest), expected);
  t.same(Buffer.from(await run()), expected, 'with every thread loaded');
  await pool.close();
  await file.close();
});

t.test('a pool may be closed while its threads load, and again', async (t) => {
  const pool = new TransferPool(2);
  await Promise.all([pool.close(), pool.close()]);
  await pool.close();
  t.pass('nothing is left that would keep this process alive');
});

t.test('a thread that is ended at any moment of its loading ends nothing else', async (t) => {
  for (let afterMs = 0; afterMs < 400; afterMs += 25) {
    const pool = new TransferPool(1);
    await sleep(afterMs);
    await pool.close();
  }
  t.pass('this process is there');
});
