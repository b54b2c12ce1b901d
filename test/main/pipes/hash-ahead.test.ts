import t from 'tap';
import { StorageError } from '../../../src/net/errors.js';
import {
  AHEAD_FROM_BYTES,
  AHEAD_RUN_BYTES,
  GiB,
  KiB,
  MAX_RUNS_AHEAD,
  MiB,
  PREFERRED_PIECE_COUNT,
  PREFERRED_PIECE_LENGTH,
} from '../../../src/net/limits.js';
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

function hashedBytes(begun: readonly Begun[]): number {
  return begun.reduce((sum, { run }) => sum + run.pieceCount * run.pieceLength, 0);
}

/** Ends all that runs, until nothing more is begun. */
async function endAll(begun: readonly Begun[]): Promise<void> {
  for (let count = -1; count !== begun.length;) {
    count = begun.length;
    for (const { resolve } of begun) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

t.test('nothing is begun before it shows how long the pieces will be', async (t) => {
  t.equal(AHEAD_FROM_BYTES, PREFERRED_PIECE_COUNT * PREFERRED_PIECE_LENGTH);
  const { ahead, begun } = scene();
  ahead.onWritten(AHEAD_FROM_BYTES);
  t.equal(begun.length, 0);
  ahead.onWritten(AHEAD_FROM_BYTES + 1);
  await endAll(begun);
  t.equal(begun.length, AHEAD_FROM_BYTES / AHEAD_RUN_BYTES);
  t.strictSame(begun[0]!.run, { pieceLength: MiB, firstPiece: 0, pieceCount: 32 });
});

t.test('a run is begun when all of it is there, and not before', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(1 * GiB);
  await endAll(begun);
  const count = begun.length;
  ahead.onWritten(1 * GiB + AHEAD_RUN_BYTES - 1);
  t.equal(begun.length, count);
  ahead.onWritten(1 * GiB + AHEAD_RUN_BYTES);
  ahead.onWritten(1 * GiB + AHEAD_RUN_BYTES + 1);
  t.strictSame(
    begun.slice(count).map(({ run }) => run),
    [{ pieceLength: MiB, firstPiece: 1024, pieceCount: 32 }],
  );
});

t.test('a fast input of 2 GiB is hashed once', async (t) => {
  const { ahead, begun } = scene();
  for (let bytes = MiB; bytes <= 2 * GiB; bytes += MiB) {
    ahead.onWritten(bytes);
    for (const { resolve } of begun) resolve();
    if (bytes % (64 * MiB) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([ahead.finish(), endAll(begun)]);
  t.equal(hashedBytes(begun), 2 * GiB);
});

t.test('a short input is hashed when all of it is there, in pieces of its length', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(200 * MiB + 1);
  let isDone = false;
  const finished = ahead.finish().then(() => (isDone = true));
  t.equal(begun.length, MAX_RUNS_AHEAD);
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isDone, 'it waits for what runs');
  await endAll(begun);
  await finished;
  t.ok(begun.every(({ run }) => run.pieceLength === 512 * KiB));
  t.equal(hashedBytes(begun), 200 * MiB, 'the short piece at the end is for whoever shares it');
});

t.test('an input without a whole piece is left to whoever shares it', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(256 * KiB - 1);
  await ahead.finish();
  t.equal(begun.length, 0);
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
  ahead.onWritten(8 * GiB);
  await endAll(begun);
  const count = begun.length;
  t.equal(count, (8 * GiB) / AHEAD_RUN_BYTES);
  ahead.onWritten(8 * GiB + 1);
  t.strictSame(begun[count]!.run, { pieceLength: 2 * MiB, firstPiece: 0, pieceCount: 16 });
  await endAll(begun);
});

t.test('once it could not be done it is not tried again', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(1 * GiB);
  begun[0]!.reject(new StorageError('IO_ERROR', 'the disk'));
  await new Promise((resolve) => setImmediate(resolve));
  for (const { resolve } of begun) resolve();
  ahead.onWritten(2 * GiB);
  await ahead.finish();
  t.equal(begun.length, MAX_RUNS_AHEAD);
  await ahead.settled();
});

t.test('a thread that dies costs the saving alone', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(1 * GiB);
  // As Node tells of it, which is none of our errors.
  const died = Object.assign(new Error('Worker terminated'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  begun[0]!.reject(died);
  for (const { resolve } of begun) resolve();
  await ahead.finish();
  ahead.onWritten(2 * GiB);
  t.equal(begun.length, MAX_RUNS_AHEAD);
});

t.test('its end waits for what runs, and begins nothing more', async (t) => {
  const { ahead, begun } = scene();
  ahead.onWritten(1 * GiB);
  let isSettled = false;
  const settled = ahead.settled().then(() => (isSettled = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.notOk(isSettled);
  for (const { resolve } of begun) resolve();
  await settled;
  t.equal(begun.length, MAX_RUNS_AHEAD);
});
