/** What happens in a client, and who hears of it. */
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { EventFeed } from '../../../src/main/engine/event-feed.js';

const back: ClientEvent = { type: 'tracker-back', tracker: 'h:1' };

t.test('everybody who listens hears all of it, in order, until they stop', (t) => {
  const feed = new EventFeed(() => 7);
  const heard: string[] = [];
  feed.emit(back);
  const stop = feed.subscribe(({ type }) => heard.push(`first ${type}`));
  feed.subscribe(({ type }) => heard.push(`second ${type}`));
  feed.emit(back);
  stop();
  stop();
  feed.emit({ type: 'notification-ignored', name: 'new' });
  t.same(heard, ['first tracker-back', 'second tracker-back', 'second notification-ignored']);
  t.end();
});

t.test('one function that listens twice stops once at a time', (t) => {
  const feed = new EventFeed(() => 7);
  let count = 0;
  const listener = (): void => void count++;
  const stops = [feed.subscribe(listener), feed.subscribe(listener)];
  for (const expected of [2, 3, 3]) {
    feed.emit(back);
    t.equal(count, expected);
    stops.pop()?.();
  }
  t.end();
});

t.test('who stops or begins while an event is told disturbs nobody', (t) => {
  const feed = new EventFeed(() => 7);
  const heard: string[] = [];
  const stop = feed.subscribe(() => {
    heard.push('first');
    stop();
    feed.subscribe(() => heard.push('late'));
  });
  feed.subscribe(() => heard.push('second'));
  feed.emit(back);
  t.same(heard, ['first', 'second']);
  feed.emit(back);
  t.same(heard.slice(2), ['second', 'late']);
  t.end();
});

t.test('details come to who has asked for all, with when they happened', (t) => {
  const feed = new EventFeed(() => 7);
  const detail: ClientEvent = { type: 'lost', events: 1 };
  const heard: unknown[] = [];
  feed.subscribe(({ type }) => heard.push(['news', type]));
  t.equal(feed.isFollowed, false);
  feed.emit(detail);
  const stop = feed.subscribe(({ type }, atMs) => heard.push(['all', type, atMs]), 'all');
  t.equal(feed.isFollowed, true);
  feed.emit(detail);
  feed.emit(back);
  stop();
  t.equal(feed.isFollowed, false);
  t.same(heard, [
    ['all', 'lost', 7],
    ['news', 'tracker-back'],
    ['all', 'tracker-back', 7],
  ]);
  t.end();
});
