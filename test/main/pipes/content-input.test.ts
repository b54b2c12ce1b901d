import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import t from 'tap';
import { CancelledError } from '../../../src/net/errors.js';
import { INPUT_SYNC_BYTES } from '../../../src/net/limits.js';
import { takeInput } from '../../../src/main/pipes/content-input.js';
import { testFolder } from '../../fixtures/test-folder.js';

const never = new AbortController().signal;
const nobody = (): void => undefined;

t.test('all that comes is in the file, which nobody else may read', async (t) => {
  const path = join(testFolder(t), 'input');
  const told: number[] = [];
  const input = Readable.from([Buffer.from('ab'), Buffer.from('cde')]);
  await takeInput(input, path, never, (bytes) => told.push(bytes));
  t.equal(readFileSync(path, 'utf8'), 'abcde');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.strictSame(told, [2, 5]);
});

t.test('what is longer than a step of syncing comes whole', async (t) => {
  const path = join(testFolder(t), 'input');
  const chunk = Buffer.alloc(INPUT_SYNC_BYTES / 2 + 1, 7);
  await takeInput(Readable.from([chunk, chunk, chunk]), path, never, nobody);
  t.equal(statSync(path).size, 3 * chunk.length);
});

t.test('nothing is left of an input that fails or is ended', async (t) => {
  const folder = testFolder(t);
  const path = join(folder, 'input');
  const broken = new PassThrough();
  broken.write('abc');
  const taking = takeInput(broken, path, never, () =>
    broken.destroy(Object.assign(new Error('read'), { code: 'EIO', syscall: 'read' })),
  );
  await t.rejects(taking, { code: 'IO_ERROR', message: /standard input/ });
  t.notOk(existsSync(path));

  const endless = new PassThrough();
  endless.write('abc');
  const stopping = new AbortController();
  const reason = new CancelledError('interrupted', 'INTERRUPTED');
  const stopped = takeInput(endless, path, stopping.signal, () => stopping.abort(reason));
  await t.rejects(stopped, { code: 'INTERRUPTED' });
  t.notOk(existsSync(path));
  await t.rejects(takeInput(endless, path, stopping.signal, nobody), { code: 'INTERRUPTED' });
  t.notOk(existsSync(path));
});

t.test('a place that cannot be written to is an error', async (t) => {
  const folder = testFolder(t);
  mkdirSync(join(folder, 'taken'));
  const input = Readable.from([Buffer.from('ab')]);
  await t.rejects(takeInput(input, join(folder, 'taken'), never, nobody), { name: 'StorageError' });
});
