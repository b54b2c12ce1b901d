import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { PoolAhead } from '../../../src/main/threads/pool-ahead.js';
import { testFolder } from '../../fixtures/test-folder.js';

const TEXT = 'some bytes';

t.test('there are no threads before they are started', async (t) => {
  const ahead = new PoolAhead();
  t.equal(ahead.take(), undefined);
  await ahead.close();
});

t.test('the threads belong to the first who takes them', async (t) => {
  const ahead = new PoolAhead();
  ahead.start();
  const pool = ahead.take();
  t.equal(ahead.take(), undefined);
  // They are not its own any more, so this must not end them.
  await ahead.close();
  const file = await open(join(testFolder(t, { file: TEXT }), 'file'));
  const digest = await pool?.sha256({ content: { type: 'file', fd: file.fd }, size: TEXT.length });
  t.same(digest, createHash('sha256').update(TEXT).digest());
  await file.close();
  await pool?.close();
});

t.test('threads that nobody takes are ended', async (t) => {
  const ahead = new PoolAhead();
  ahead.start();
  await ahead.close();
  t.equal(ahead.take(), undefined);
});
