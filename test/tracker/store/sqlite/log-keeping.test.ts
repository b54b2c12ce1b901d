import t from 'tap';
import { deferred, type Deferred } from '../../../../src/net/deferred.js';
import { LOG_FRAMES, MOST_LOG_FRAMES } from '../../../../src/net/limits.js';
import type { CheckpointReply } from '../../../../src/tracker/store/sqlite/checkpoint-messages.js';
import { LogKeeping } from '../../../../src/tracker/store/sqlite/log-keeping.js';

/** A log of so many frames, and what is ordered; each order is answered by the test. */
function scene() {
  const story: string[] = [];
  const orders: Deferred<CheckpointReply>[] = [];
  const log = { frames: 0 };
  const faults: Error[] = [];
  const lost: Error[] = [];
  const held: number[] = [];
  const looks: Deferred<void>[] = [];
  const keeping = new LogKeeping({
    holds: async (frames) => {
      await looks[0]?.promise;
      return log.frames >= frames;
    },
    order: (order) => {
      story.push(order);
      const answer = deferred<CheckpointReply>();
      orders.push(answer);
      return answer.promise;
    },
    holdingUp: async (work) => {
      story.push('changes wait');
      await work();
      story.push('changes go on');
    },
    renew: async () => void story.push('looks read on'),
    steadyMs: () => 7,
    onHeldUp: (tookMs) => held.push(tookMs),
    onFault: (fault) => faults.push(fault),
    onLost: (error) => lost.push(error),
  });
  const written = async (frames: number): Promise<void> => {
    log.frames = frames;
    await keeping.onWritten();
  };
  const answer = async (isDone: boolean, frames = log.frames): Promise<void> => {
    orders.shift()!.resolve({ ok: true, frames, isDone });
    await new Promise(setImmediate);
  };
  return { keeping, story, orders, faults, lost, held, looks, written, answer };
}

void t.test('a log that has grown begins anew, and looks let go of it before', async (t) => {
  const { keeping, story, held, written, answer } = scene();
  await written(LOG_FRAMES - 1);
  t.same(story, []);
  await written(LOG_FRAMES);
  await written(LOG_FRAMES + 1);
  t.same(story, ['copy'], 'one at a time');
  await keeping.room();
  for (let step = 0; step < 3; step++) await answer(true);
  const anew = ['changes wait', 'copy', 'looks read on', 'begin-anew', 'changes go on'];
  t.same(story, ['copy', ...anew]);
  t.same(held, [0]);
  await keeping.idle();
});

void t.test('changes wait while the copy falls behind', async (t) => {
  const { keeping, story, orders, written, answer } = scene();
  await written(LOG_FRAMES);
  await written(MOST_LOG_FRAMES);
  const room = keeping.room().then(() => story.push('room'));
  await new Promise(setImmediate);
  t.same(story, ['copy']);
  t.equal(orders.length, 1);
  await answer(true);
  await room;
  t.ok(story.includes('room'));
  await answer(true);
  await answer(true);
  await keeping.idle();
});

void t.test('what somebody reads stays, and it is tried again when there is more', async (t) => {
  const { keeping, story, written, answer } = scene();
  await written(LOG_FRAMES);
  await answer(false);
  await answer(false, LOG_FRAMES + 10);
  t.same(story, ['copy', 'changes wait', 'copy', 'changes go on']);
  await keeping.idle();
  await written(2 * LOG_FRAMES);
  t.equal(story.length, 4);
  await written(2 * LOG_FRAMES + 10);
  t.equal(story.at(-1), 'copy');
  for (let step = 0; step < 3; step++) await answer(true);
  t.equal(story.at(-1), 'changes go on');
});

void t.test('a fault is told, holds nobody up, and is not the end', async (t) => {
  const { keeping, orders, faults, written, answer } = scene();
  await written(LOG_FRAMES);
  orders.shift()!.resolve({ ok: false, message: 'disk full', errcode: 13, isLost: false });
  await keeping.idle();
  t.match(faults, [{ message: 'disk full', errcode: 13 }]);
  await keeping.room();
  await written(LOG_FRAMES + 1);
  t.equal(orders.length, 0);
  await written(2 * LOG_FRAMES);
  orders.shift()!.reject(new Error('no thread'));
  await keeping.idle();
  t.match(faults[1], { message: 'no thread' });
  await written(3 * LOG_FRAMES);
  for (let step = 0; step < 3; step++) await answer(true);
});

void t.test('a copy that fails while changes wait for it fails none of them', async (t) => {
  const { keeping, orders, faults, held, written } = scene();
  await written(LOG_FRAMES);
  await written(MOST_LOG_FRAMES);
  const room = keeping.room();
  orders.shift()!.resolve({ ok: false, message: 'disk full', errcode: 13, isLost: false });
  await t.resolves(room);
  t.same(held, [0]);
  await keeping.idle();
  t.equal(faults.length, 1);
});

void t.test('a copy that may be lost is told once, and never tried again', async (t) => {
  const { keeping, orders, faults, lost, written } = scene();
  await written(LOG_FRAMES);
  orders.shift()!.resolve({ ok: false, message: 'disk I/O error', errcode: 1034, isLost: true });
  await keeping.idle();
  t.match(lost, [{ message: 'disk I/O error', errcode: 1034 }]);
  t.same(faults, []);
  t.equal(keeping.isLost, true);
  await written(10 * MOST_LOG_FRAMES);
  await keeping.room();
  t.same(orders, []);
  await keeping.close();
  t.equal(keeping.isLost, true, 'the end does not make it good');
});

void t.test('the end waits for a look at the log, and nothing begins behind it', async (t) => {
  const { keeping, story, looks, written } = scene();
  const look = deferred<void>();
  looks.push(look);
  const writing = written(LOG_FRAMES);
  const closing = keeping.close().then(() => story.push('closed'));
  await new Promise(setImmediate);
  t.same(story, []);
  look.resolve();
  await closing;
  await writing;
  await written(MOST_LOG_FRAMES);
  t.same(story, ['closed']);
  t.equal(keeping.isLost, false);
});
