/** Places of connections without a ticket: addresses are words, connections are names. */
import t from 'tap';
import { MAX_UNPROVEN_UPLOAD_SESSIONS } from '../../../src/net/limits.js';
import {
  UnprovenPlaces,
  type UnprovenPlace,
} from '../../../src/workers/serving/unproven-places.js';

function scene() {
  const places = new UnprovenPlaces();
  const evicted: string[] = [];
  const take = (share: string, name: string): UnprovenPlace => {
    const place = { share, evict: () => void evicted.push(name) };
    places.take(place);
    return place;
  };
  const fill = (share: string, count = MAX_UNPROVEN_UPLOAD_SESSIONS): void => {
    for (let number = 0; number < count; number++) take(share, `${share} ${number}`);
  };
  return { places, take, fill, takeEvicted: () => evicted.splice(0) };
}

t.test('with room for all nobody is evicted, and a place that is left is free', async (t) => {
  const { places, take, fill, takeEvicted } = scene();
  fill('home', MAX_UNPROVEN_UPLOAD_SESSIONS - 1);
  const place = take('home', 'last');
  t.ok(places.leave(place));
  t.notOk(places.leave(place), 'once');
  take('elsewhere', 'guest');
  t.same(takeEvicted(), []);
  t.equal(places.count, MAX_UNPROVEN_UPLOAD_SESSIONS);
});

t.test('who fills the table pays for the next one, oldest first', async (t) => {
  const { places, take, fill, takeEvicted } = scene();
  const guest = take('guest', 'guest');
  fill('flood', 10 * MAX_UNPROVEN_UPLOAD_SESSIONS);
  t.equal(places.count, MAX_UNPROVEN_UPLOAD_SESSIONS);
  const evicted = takeEvicted();
  t.same(evicted.slice(0, 2), ['flood 0', 'flood 1']);
  t.notOk(evicted.includes('guest'));
  for (let number = 0; number < 5; number++) take(`other guest ${number}`, 'other guest');
  t.ok(takeEvicted().every((name) => name.startsWith('flood')));
  t.ok(places.leave(guest), 'it was there all the time');
});

t.test('many addresses with a few each pay by turns, and one that holds one is last', async (t) => {
  const { take, takeEvicted } = scene();
  take('guest', 'guest');
  const addresses = 21;
  for (let number = 0; number < 20 * MAX_UNPROVEN_UPLOAD_SESSIONS; number++)
    take(`bot ${number % addresses}`, `bot ${number}`);
  t.notOk(takeEvicted().includes('guest'));
});
