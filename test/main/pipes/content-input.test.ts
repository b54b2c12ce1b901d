import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import t from 'tap';
import { CancelledError } from '../../../src/net/errors.js';
import { INPUT_SYNC_BYTES } from '../../../src/net/limits.js';
import { takeInput } from '../../../src/main/pipes/content-input.js';
import { testFolder } from '../../fixtures/test-folder.js';

const never = new AbortController().signal;
const nobody = (): void => undefined;
const placeIn = (folder: string) => ({
  taking: join(folder, 'input.taking'),
  path: join(folder, 'input'),
});

t.test('all that comes is in the file, which nobody else may read', async (t) => {
  const place = placeIn(testFolder(t));
  const { taking, path } = place;
  const told: number[] = [];
  const input = Readable.from([Buffer.from('ab'), Buffer.from('cde')]);
  await takeInput(input, place, never, (bytes) => {
    told.push(bytes);
    t.ok(existsSync(taking) && !existsSync(path), 'it has another name until it is whole');
  });
  t.notOk(existsSync(taking));
  t.equal(readFileSync(path, 'utf8'), 'abcde');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.strictSame(told, [2, 5]);
});

t.test('what is longer than a step of syncing comes whole', async (t) => {
  const place = placeIn(testFolder(t));
  const chunk = Buffer.alloc(INPUT_SYNC_BYTES / 2 + 1, 7);
  await takeInput(Readable.from([chunk, chunk, chunk]), place, never, nobody);
  t.equal(statSync(place.path).size, 3 * chunk.length);
});

t.test('nothing is left of an input that fails or is ended', async (t) => {
  const folder = testFolder(t);
  const place = placeIn(folder);
  const broken = new PassThrough();
  broken.write('abc');
  const taking = takeInput(broken, place, never, () =>
    broken.destroy(Object.assign(new Error('read'), { code: 'EIO', syscall: 'read' })),
  );
  await t.rejects(taking, { code: 'IO_ERROR', message: /standard input/ });
  t.strictSame(readdirSync(folder), []);

  const endless = new PassThrough();
  endless.write('abc');
  const stopping = new AbortController();
  const reason = new CancelledError('interrupted', 'INTERRUPTED');
  const stopped = takeInput(endless, place, stopping.signal, () => stopping.abort(reason));
  await t.rejects(stopped, { code: 'INTERRUPTED' });
  t.strictSame(readdirSync(folder), []);
  await t.rejects(takeInput(endless, place, stopping.signal, nobody), { code: 'INTERRUPTED' });
  t.strictSame(readdirSync(folder), []);
});

t.test('a place that cannot be written to is an error', async (t) => {
  const folder = testFolder(t);
  const place = placeIn(folder);
  mkdirSync(place.taking);
  const input = Readable.from([Buffer.from('ab')]);
  await t.rejects(takeInput(input, place, never, nobody), { name: 'StorageError' });
});
