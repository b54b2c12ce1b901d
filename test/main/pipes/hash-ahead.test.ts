import t from 'tap';
import { StorageError } from '../../../src/net/errors.js';
import { AHEAD_RUN_BYTES, GiB, KiB, MAX_RUNS_AHEAD, MiB } from '../../../src/net/limits.js';
import { HashAhead, type RunAhead } from '../../../src/main/pipes/hash-ahead.js';
import { deferred, type Deferred } from '../../../src/net/deferred.js';

/** A run that was begun, and its end. */
interface Begun extends Deferred<void> {
  readonly run: RunAhead;
}

function scene() {
  const begun: Begun[] = [];
  const ahead = new HashAhead((run) => {
    const end = deferred<void>();
    begun.push({ run, ...end });
    return end.promise;
  });
  return { ahead, begun };
}

/** Ends all that runs, until nothing more is begun. */
async function endAll(begun: readonly Begun[]): Promise<void> {
  for (let count = -1; count !== begun.length;) {
    count = begun.length;
    for (const { resolve } of begun) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

t.test('a run is begun when all of it is there, and not before', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(AHEAD_RUN_BYTES - 1);
  t.equal(begun.length, 0);
  ahead.onWritten(AHEAD_RUN_BYTES);
  ahead.onWritten(AHEAD_RUN_BYTES + 1);
  t.strictSame(
    begun.map(({ run }) => run),
    [{ pieceLength: 256 * KiB, firstPiece: 0, pieceCount: 128 }],
  );
});

t.test('so many run at a time, and the next ones when those have ended', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(1 * GiB);
  t.equal(begun.length, MAX_RUNS_AHEAD);
  await endAll(begun);
  t.equal(begun.length, GiB / AHEAD_RUN_BYTES);
  t.ok(begun.every(({ run }) => run.pieceLength === MiB));
  const firsts = begun.map(({ run }) => run.firstPiece);
  t.strictSame(
    firsts,
    firsts.map((_, index) => (index * AHEAD_RUN_BYTES) / MiB),
  );
});

t.test('what turns out to be longer is hashed anew, in longer pieces', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(128 * MiB);
  await endAll(begun);
  t.equal(begun.length, 4);
  ahead.onWritten(128 * MiB + 1);
  await endAll(begun);
  t.equal(begun.length, 8);
  t.match(begun[4]!.run, { pieceLength: 512 * KiB, firstPiece: 0, pieceCount: 64 });
});

t.test('once it could not be done it is not tried again', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(AHEAD_RUN_BYTES);
  begun[0]!.reject(new StorageError('IO_ERROR', 'the disk'));
  await new Promise((resolve) => setImmediate(resolve));
  ahead.onWritten(4 * AHEAD_RUN_BYTES);
  t.equal(begun.length, 1);
  await ahead.settled();
});

t.test('a thread that dies costs the saving alone', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(AHEAD_RUN_BYTES);
  // As Node tells of it, which is none of our errors.
  const died = Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  begun[0]!.reject(died);
  await ahead.settled();
  ahead.onWritten(4 * AHEAD_RUN_BYTES);
  t.equal(begun.length, 1);
});

t.test('its end waits for what runs, and begins nothing more', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(8 * AHEAD_RUN_BYTES);
  let isSettled = false;
  const settled = ahead.settled().then(() => (isSettled = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isSettled);
  for (const { resolve } of begun) resolve();
  await settled;
  t.equal(begun.length, MAX_RUNS_AHEAD);
});
