import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { queryObjects } from 'node:v8';
import t from 'tap';
import { CancelledError } from '../../../src/net/errors.js';
import { INPUT_BATCH_BYTES, INPUT_SYNC_BYTES } from '../../../src/net/limits.js';
import { takeInput } from '../../../src/main/pipes/content-input.js';
import { seededRandom } from '../../fixtures/seeded-random.js';
import { testFolder } from '../../fixtures/test-folder.js';

const never = new AbortController().signal;
/** Hears how much is written. */
const heardBy = (onWritten: (bytes: number) => void) => ({
  onWritten,
  finish: () => Promise.resolve(),
  settled: () => Promise.resolve(),
});
const nobody = heardBy(() => undefined);
const placeIn = (folder: string) => ({
  taking: join(folder, 'input.taking'),
  path: join(folder, 'input'),
});

t.test('all that comes is in the file, which nobody else may read', async (t) => {
  const place = placeIn(testFolder(t));
  const { taking, path } = place;
  const told: number[] = [];
  const input = Readable.from([Buffer.from('ab'), Buffer.from('cde')]);
  const follower = heardBy((bytes) => {
    told.push(bytes);
    t.ok(existsSync(taking) && !existsSync(path), 'it has another name until it is whole');
  });
  await takeInput(input, place, never, follower);
  t.notOk(existsSync(taking));
  t.equal(readFileSync(path, 'utf8'), 'abcde');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(told.at(-1), 5);
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
  const failing = heardBy(() => {
    broken.destroy(Object.assign(new Error('read'), { code: 'EIO', syscall: 'read' }));
  });
  const taking = takeInput(broken, place, never, failing);
  await t.rejects(taking, { code: 'IO_ERROR', message: /standard input/ });
  t.strictSame(readdirSync(folder), []);

  const endless = new PassThrough();
  endless.write('abc');
  const stopping = new AbortController();
  const reason = new CancelledError('interrupted', 'INTERRUPTED');
  const ending = heardBy(() => stopping.abort(reason));
  const stopped = takeInput(endless, place, stopping.signal, ending);
  await t.rejects(stopped, { code: 'INTERRUPTED' });
  t.strictSame(readdirSync(folder), []);
  await t.rejects(takeInput(endless, place, stopping.signal, nobody), { code: 'INTERRUPTED' });
  t.strictSame(readdirSync(folder), []);
});

t.test('who ends it while its file is being made is heard', { timeout: 20_000 }, async (t) => {
  const folder = testFolder(t);
  const stopping = new AbortController();
  const taking = takeInput(new PassThrough(), placeIn(folder), stopping.signal, nobody);
  stopping.abort(new CancelledError('interrupted', 'INTERRUPTED'));
  await t.rejects(taking, { code: 'INTERRUPTED' });
  t.strictSame(readdirSync(folder), []);
});

t.test('a place that cannot be written to is an error', async (t) => {
  const folder = testFolder(t);
  const place = placeIn(folder);
  mkdirSync(place.taking);
  const input = Readable.from([Buffer.from('ab')]);
  await t.rejects(takeInput(input, place, never, nobody), { name: 'StorageError' });
});

t.test('what comes in many pieces of any size is in order', async (t) => {
  const place = placeIn(testFolder(t));
  const random = seededRandom(7);
  const chunks = Array.from({ length: 400 }, (_, index) =>
    Buffer.alloc(1 + Math.floor(random() * 100_000), index % 251),
  );
  const told: number[] = [];
  await takeInput(
    Readable.from(chunks),
    place,
    never,
    heardBy((bytes) => told.push(bytes)),
  );
  const whole = Buffer.concat(chunks);
  t.ok(readFileSync(place.path).equals(whole));
  t.equal(told.at(-1), whole.length);
  t.strictSame(
    told,
    told.toSorted((one, other) => one - other),
  );
});

t.test('it has its first name until whoever follows has done with it', async (t) => {
  const place = placeIn(testFolder(t));
  let looksAt: string | undefined;
  const follower = {
    onWritten: () => undefined,
    settled: () => Promise.resolve(),
    finish: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      looksAt ??= existsSync(place.taking) ? 'the first name' : 'nothing';
    },
  };
  await takeInput(Readable.from([Buffer.from('ab')]), place, never, follower);
  t.equal(looksAt, 'the first name');
});

t.test('a long input leaves nothing behind in memory for what is written', async (t) => {
  const place = placeIn(testFolder(t));
  const batches = 64;
  const counts: number[] = [];
  const countAt = [4, batches - 4].map((batch) => batch * INPUT_BATCH_BYTES);
  const follower = heardBy((bytes) => {
    if (bytes < (countAt[0] ?? Infinity)) return;
    countAt.shift();
    counts.push(queryObjects(Promise, { format: 'count' }));
  });
  // It comes faster than it is written, so that there is one writing from the beginning to the end.
  const chunk = Buffer.alloc(INPUT_BATCH_BYTES);
  await takeInput(Readable.from(Array(batches).fill(chunk)), place, never, follower);
  const [early, late] = counts as [number, number];
  t.ok(late - early < batches / 4, `${early} promises early, ${late} late`);
});

t.test('who waits for room hears when it cannot be written', async (t) => {
  const folder = testFolder(t);
  const place = placeIn(folder);
  const chunk = Buffer.alloc(2 * INPUT_BATCH_BYTES);
  const failing = heardBy(() => {
    throw Object.assign(new Error('write'), { code: 'ENOSPC', syscall: 'write' });
  });
  const input = Readable.from([chunk, chunk, chunk]);
  await t.rejects(takeInput(input, place, never, failing));
  t.strictSame(readdirSync(folder), []);
});

t.test('who gives up does not wait for whoever follows', { timeout: 20_000 }, async (t) => {
  const folder = testFolder(t);
  const reason = new CancelledError('interrupted', 'INTERRUPTED');
  for (const isWhole of [false, true]) {
    const stopping = new AbortController();
    const input = new PassThrough();
    const follower = {
      onWritten: () => (isWhole ? input.end() : stopping.abort(reason)),
      finish: () => {
        setImmediate(() => stopping.abort(reason));
        return new Promise<void>(() => undefined);
      },
      settled: () => new Promise<void>(() => undefined),
    };
    input.write('abc');
    const taking = takeInput(input, placeIn(folder), stopping.signal, follower);
    await t.rejects(taking, { code: 'INTERRUPTED' });
    t.strictSame(readdirSync(folder), []);
  }
});
