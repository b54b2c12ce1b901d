/** What happens in a client, and who hears of it. */
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { EventFeed } from '../../../src/main/engine/event-feed.js';

const back: ClientEvent = { type: 'tracker-back', tracker: 'h:1' };

t.test('everybody who listens hears all of it, in order, until they stop', (t) => {
  const feed = new EventFeed();
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
  const feed = new EventFeed();
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
  const feed = new EventFeed();
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
