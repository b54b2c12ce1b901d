/** Whose place in a line is told again. */
import t from 'tap';
import { ToldPlaces } from '../../../src/main/downloads/told-places.js';

const line = (...ids: string[]): Map<string, number> =>
  new Map(ids.map((id, index) => [id, index + 1]));

t.test('only what was told and has moved is told again, once', (t) => {
  const places = new ToldPlaces();
  places.onTold('b', 2);
  places.onTold('c', 3);
  t.same(places.takeMoved(line('a', 'b', 'c', 'd')), [], 'all stand where they stood');
  t.same(places.takeMoved(line('b', 'd', 'c')), ['b'], 'c is where it was');
  t.same(places.takeMoved(line('b', 'd', 'c')), []);
  t.end();
});

t.test('what has left the line is not told any more, also when it comes back', (t) => {
  const places = new ToldPlaces();
  places.onTold('b', 2);
  t.same(places.takeMoved(line('a')), []);
  t.same(places.takeMoved(line('b', 'a')), [], 'whoever waits for it then hears of it anew');
  places.onTold('b', 1);
  places.clear();
  t.same(places.takeMoved(line('a', 'b')), []);
  t.end();
});
