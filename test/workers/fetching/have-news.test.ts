/** What a peer says it has, on its way to the main thread; the clock is a number. */
import t, { type Test } from 'tap';
import { PIECE_REPORT_DELAY_MS } from '../../../src/net/limits.js';
import { HaveNews } from '../../../src/workers/fetching/have-news.js';
import { numberClock } from '../../fixtures/number-clock.js';

function scene(t: Test) {
  const posted: (readonly number[])[] = [];
  const clock = numberClock(t);
  const news = new HaveNews((pieces) => posted.push(pieces));
  return { clock, news, take: () => posted.splice(0) };
}

t.test('the first piece is told at once, what follows together', async (t) => {
  const { clock, news, take } = scene(t);
  for (let piece = 0; piece < 100_000; piece++) news.add(piece);
  t.same(take(), [[0]]);
  clock.pass(PIECE_REPORT_DELAY_MS);
  t.equal(take()[0]?.length, 99_999);
  clock.pass(PIECE_REPORT_DELAY_MS);
  t.equal(clock.timerCount, 0, 'nothing runs while there is no news');
  news.add(7);
  t.same(take(), [[7]]);
});

t.test('what was gathered is told now when its order matters, and once', async (t) => {
  const { clock, news, take } = scene(t);
  for (const piece of [1, 2]) news.add(piece);
  news.tell();
  news.tell();
  t.same(take(), [[1], [2]]);
  clock.pass(PIECE_REPORT_DELAY_MS);
  t.same(take(), []);
});

t.test('after the end nothing is told, and nothing runs', async (t) => {
  const { clock, news, take } = scene(t);
  for (const piece of [1, 2]) news.add(piece);
  take();
  news.close();
  news.close();
  news.add(3);
  clock.pass(PIECE_REPORT_DELAY_MS);
  t.same(take(), []);
  t.equal(clock.timerCount, 0);
});
