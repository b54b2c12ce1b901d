/** Who follows the files of a group hears when they may have changed. */
import t from 'tap';
import { FileNews } from '../../../src/main/account/file-news.js';
import type { TrackerCalls } from '../../../src/main/tracker-link/tracker-calls.js';
import { TrackerError, type ErrorCode } from '../../../src/net/errors.js';

function scene() {
  const asked: string[] = [];
  const timers = new Set<() => void>();
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
    later: (_ms, work) => {
      timers.add(work);
      return () => void timers.delete(work);
    },
  });
  const settled = () => Promise.all(running);
  const elapse = (): void => {
    for (const work of [...timers]) {
      timers.delete(work);
      work();
    }
  };
  return { news, asked, refuses, calls, settled, elapse, timers };
}

t.test('by what is pushed, and when the tracker is back', async (t) => {
  const { news, asked, calls, settled, elapse, timers } = scene();
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
  await news.onTrackerBack(calls);
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

t.test('a tracker that tells nothing: now and then', async (t) => {
  const { news, refuses, settled, elapse, timers } = scene();
  refuses.code = 'BAD_REQUEST';
  let heard = 0;
  const stop = news.follow('g', () => heard++);
  await settled();
  t.equal(heard, 0);
  elapse();
  elapse();
  t.equal(heard, 2);
  stop();
  t.equal(timers.size, 0);
});

t.test('a tracker that is lost is asked when it is back', async (t) => {
  const { news, refuses, calls, settled, elapse } = scene();
  refuses.code = 'CONNECTION_LOST';
  let heard = 0;
  news.follow('g', () => heard++);
  await settled();
  await t.rejects(news.onTrackerBack(calls), { code: 'CONNECTION_LOST' });
  delete refuses.code;
  await news.onTrackerBack(calls);
  t.equal(heard, 1);
  elapse();
  t.equal(heard, 1);
});
