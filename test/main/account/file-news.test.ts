/** Who follows the files of a group hears when they may have changed. */
import t from 'tap';
import { FileNews } from '../../../src/main/account/file-news.js';
import type { TrackerCalls } from '../../../src/main/tracker-link/tracker-calls.js';
import { TrackerError, type ErrorCode } from '../../../src/net/errors.js';
import { SYNC_TRACKER_RETRY_MS, SYNC_UNTOLD_LIST_MS } from '../../../src/net/limits.js';

function scene() {
  const asked: string[] = [];
  const timers = new Map<() => void, number>();
  const running: Promise<unknown>[] = [];
  const refuses: { code?: ErrorCode } = {};
  const calls = {
    call: async (method: string) => {
      asked.push(method);
      if (refuses.code) throw new TrackerError(refuses.code, 'no');
      return {};
    },
  } as unknown as TrackerCalls;
  const news = new FileNews({
    link: { calls: async () => calls, isConnected: true },
    background: { run: (work) => void running.push(work()) },
    random: () => 0.5,
    later: (waitMs, work) => {
      timers.set(work, waitMs);
      return () => void timers.delete(work);
    },
  });
  const settled = () => Promise.all(running);
  const elapse = (): void => {
    for (const work of [...timers.keys()]) {
      timers.delete(work);
      work();
    }
  };
  return { news, asked, refuses, settled, elapse, timers };
}

t.test('by what is pushed, and when the tracker is back', async (t) => {
  const { news, asked, settled, elapse, timers } = scene();
  let heard = 0;
  const stop = news.follow('g', () => heard++);
  await settled();
  t.same([asked, heard], [['followFiles'], 1], 'what was missed before');
  news.onPush('g');
  news.onPush('g');
  news.onPush('another');
  t.equal(heard, 1);
  elapse();
  t.equal(heard, 2);
  news.onTrackerBack();
  await settled();
  t.equal(heard, 3);
  const stopOther = news.follow('g', () => undefined);
  stop();
  stop();
  news.onPush('g');
  stopOther();
  await settled();
  t.equal(timers.size, 0);
  t.same(asked, ['followFiles', 'followFiles', 'unfollowFiles']);
});

t.test('a tracker that tells nothing: now and then, and it is asked again', async (t) => {
  const { news, asked, refuses, settled, elapse, timers } = scene();
  refuses.code = 'BAD_REQUEST';
  let heard = 0;
  const stop = news.follow('g', () => heard++);
  await settled();
  t.equal(heard, 0);
  for (const count of [1, 2]) {
    t.same([...timers.values()], [SYNC_UNTOLD_LIST_MS]);
    elapse();
    await settled();
    t.equal(heard, count);
  }
  t.equal(asked.length, 3);
  stop();
  await settled();
  t.equal(timers.size, 0);
  t.notOk(asked.includes('unfollowFiles'));
});

t.test('whatever failed on the way is asked again soon, and listed meanwhile', async (t) => {
  for (const code of ['BUSY', 'TIMEOUT', 'CONNECTION_LOST'] as const) {
    const { news, asked, refuses, settled, elapse, timers } = scene();
    refuses.code = code;
    let heard = 0;
    const stop = news.follow('g', () => heard++);
    await settled();
    const tries = SYNC_UNTOLD_LIST_MS / SYNC_TRACKER_RETRY_MS;
    for (let count = 1; count <= tries; count++) {
      t.same([...timers.values()], [SYNC_TRACKER_RETRY_MS]);
      t.equal(heard, 0);
      elapse();
      await settled();
    }
    t.same([asked.length, heard], [1 + tries, 1], 'the list may have changed by now');
    delete refuses.code;
    elapse();
    await settled();
    t.same([timers.size, heard], [0, 2], 'it is told from now on');
    news.onPush('g');
    elapse();
    t.equal(heard, 3);
    stop();
    await settled();
    t.equal(timers.size, 0);
  }
});

t.test('what is asked meanwhile for another reason takes the place of the wait', async (t) => {
  const { news, asked, refuses, settled, timers } = scene();
  refuses.code = 'BUSY';
  let heard = 0;
  const stop = news.follow('g', () => heard++);
  await settled();
  news.onTrackerBack();
  await settled();
  t.equal(timers.size, 1);
  delete refuses.code;
  news.onTrackerBack();
  await settled();
  t.same([timers.size, heard], [0, 1]);
  news.onMember('another');
  news.onMember('g');
  await settled();
  t.same([asked.length, heard], [4, 2], 'who is let in again follows again');
  stop();
  await settled();
});
