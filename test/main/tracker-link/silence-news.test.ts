import t from 'tap';
import { SilenceNews } from '../../../src/main/tracker-link/silence-news.js';
import { deferred } from '../../../src/net/deferred.js';

t.test('who does not answer is told of once, and again after an answer', async (t) => {
  let told = 0;
  let tell = deferred<void>();
  const news = new SilenceNews(1, () => {
    told++;
    tell.resolve();
  });
  const [first, second] = [deferred<string>(), deferred<string>()];
  const answers = [news.during(first.promise), news.during(second.promise)];
  await tell.promise;
  t.equal(told, 1, 'of two questions');
  tell = deferred();
  first.resolve('one');
  await answers[0];
  await tell.promise;
  t.equal(told, 2, 'the other is not answered yet');
  second.resolve('two');
  t.same(await Promise.all(answers), ['one', 'two']);
});

t.test('who answers, or refuses, is not told of', async (t) => {
  const news = new SilenceNews(60_000, () => t.fail('told'));
  t.equal(await news.during(Promise.resolve(7)), 7);
  await t.rejects(news.during(Promise.reject(new Error('no'))), /no/);
});
