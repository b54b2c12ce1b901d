import { randomBytes } from 'node:crypto';
import t from 'tap';
import { InputBuffers } from '../../../src/main/pipes/input-buffers.js';
import { deferred, type Deferred } from '../../../src/net/deferred.js';
import { INPUT_BATCH_BYTES } from '../../../src/net/limits.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

/** Writes end, and the wait is over, when the test says so. */
function scene() {
  const writes: { readonly bytes: Buffer; readonly done: Deferred<void> }[] = [];
  const failures: Error[] = [];
  let onTime: (() => void) | undefined;
  const buffers = new InputBuffers({
    write: (bytes) => {
      const done = deferred<void>();
      // What is written must not change meanwhile.
      writes.push({ bytes, done });
      return done.promise;
    },
    onFailed: (error) => failures.push(error),
    later: (_waitMs, work) => {
      onTime = work;
      return () => (onTime = undefined);
    },
  });
  const pass = (): void => {
    const work = onTime;
    onTime = undefined;
    work?.();
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { buffers, writes, failures, pass, turn, waits: () => onTime !== undefined };
}

t.test('a full buffer is written while the other one is filled', async (t) => {
  const { buffers, writes, turn } = scene();
  t.equal(buffers.free.length, INPUT_BATCH_BYTES);
  buffers.free.fill(1);
  t.ok(buffers.onFilled(INPUT_BATCH_BYTES), 'there is another one');
  t.equal(writes.length, 1);
  buffers.free.fill(2);
  t.notOk(buffers.onFilled(INPUT_BATCH_BYTES), 'and no third');
  const next = buffers.free;
  t.equal(next.length, INPUT_BATCH_BYTES, 'where it goes on is known before there is room');
  let hasRoom = false;
  const room = buffers.whenRoom().then(() => (hasRoom = true));
  await turn();
  t.notOk(hasRoom);
  t.ok(writes[0]!.bytes.every((byte) => byte === 1));
  writes[0]!.done.resolve();
  await room;
  t.equal(writes.length, 2);
  t.ok(writes[1]!.bytes.every((byte) => byte === 2));
  next[0] = 3;
  t.equal(buffers.free[0], 3, 'it goes on there');
  buffers.onFilled(1);
  const finished = buffers.finish();
  writes[1]!.done.resolve();
  await turn();
  t.same(writes[2]!.bytes, Buffer.from([3]));
  writes[2]!.done.resolve();
  await finished;
});

t.test('what fills no buffer is written a moment later, where more comes behind it', async (t) => {
  const { buffers, writes, pass, turn, waits } = scene();
  buffers.free.write('abc');
  buffers.onFilled(3);
  t.equal(writes.length, 0);
  const behind = buffers.free;
  pass();
  t.equal(writes[0]!.bytes.toString(), 'abc');
  behind.write('de');
  t.ok(buffers.onFilled(2), 'whoever had that place before it was written may use it');
  t.notOk(waits(), 'one write at a time');
  writes[0]!.done.resolve();
  await turn();
  pass();
  t.equal(writes[1]!.bytes.toString(), 'de');
  writes[1]!.done.resolve();
  await buffers.finish();
  t.notOk(waits());
});

t.test('who waits, and who finishes, hears what cannot be written', async (t) => {
  const { buffers, writes, failures } = scene();
  buffers.onFilled(INPUT_BATCH_BYTES);
  buffers.onFilled(INPUT_BATCH_BYTES);
  const room = buffers.whenRoom();
  const full = new Error('full');
  writes[0]!.done.reject(full);
  await t.rejects(room, { message: 'full' });
  await t.rejects(buffers.whenRoom(), { message: 'full' });
  await t.rejects(buffers.finish(), { message: 'full' });
  t.strictSame(failures, [full]);
  t.equal(writes.length, 1, 'nothing is written behind it');
  t.notOk(buffers.onFilled(0), 'and nothing more is taken');
});

t.test('who gives up waits for the write that runs and begins no other', async (t) => {
  const { buffers, writes, turn, waits } = scene();
  buffers.onFilled(INPUT_BATCH_BYTES);
  buffers.onFilled(5);
  let isClosed = false;
  const closing = buffers.close().then(() => (isClosed = true));
  await turn();
  t.notOk(isClosed);
  writes[0]!.done.resolve();
  await closing;
  t.equal(writes.length, 1);
  t.notOk(waits());
});

t.test('who gives up with both buffers full begins no other write either', async (t) => {
  const { buffers, writes, turn, waits } = scene();
  buffers.onFilled(INPUT_BATCH_BYTES);
  buffers.onFilled(INPUT_BATCH_BYTES);
  const closing = buffers.close();
  writes[0]!.done.resolve();
  await closing;
  await turn();
  t.equal(writes.length, 1);
  t.notOk(waits());
});

t.test('however it comes and however fast it is written, it is in order', async (t) => {
  const random = seededRandom(11);
  const whole = randomBytes(9 * INPUT_BATCH_BYTES + 12_345);
  const written: Buffer[] = [];
  let waiting = 0;
  const buffers = new InputBuffers({
    write: async (bytes) => {
      for (let turns = Math.floor(random() * 4); turns > 0; turns--)
        await new Promise((resolve) => setImmediate(resolve));
      written.push(Buffer.from(bytes));
    },
    onFailed: (error) => t.fail(error.message),
    later: (_waitMs, work) => {
      waiting++;
      const timer = setImmediate(work);
      return () => clearImmediate(timer);
    },
  });
  for (let done = 0; done < whole.length;) {
    await buffers.whenRoom();
    // A socket knows where before it knows how much, and how long it takes.
    const { free } = buffers;
    if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    const bytes = Math.min(free.length, 1 + Math.floor(random() * 200_000), whole.length - done);
    whole.copy(free, 0, done, done + bytes);
    done += bytes;
    buffers.onFilled(bytes);
  }
  await buffers.finish();
  t.ok(Buffer.concat(written).equals(whole));
  t.ok(waiting > 0);
});
