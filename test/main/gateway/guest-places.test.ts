import t from 'tap';
import { GuestPlaces, type PlaceHolder } from '../../../src/main/gateway/guest-places.js';

function scene(most: number, mostOfNetwork: number) {
  const places = new GuestPlaces(most, mostOfNetwork);
  const given: string[] = [];
  const holder = (network: string, name = network): PlaceHolder => ({
    network,
    giveUp: () => void given.push(name),
  });
  return { places, given, holder };
}

t.test('a network has its share, and gets a place back', (t) => {
  const { places, holder } = scene(10, 2);
  const first = holder('a');
  t.equal(places.take(first), true);
  t.equal(places.take(holder('a')), true);
  t.equal(places.take(holder('a')), false);
  t.equal(places.take(holder('b')), true);
  places.free(first);
  places.free(first);
  t.equal(places.count, 2);
  t.equal(places.take(holder('a')), true);
  t.end();
});

t.test('when all are taken, who has most gives the oldest up for who has fewer', (t) => {
  const { places, given, holder } = scene(4, 3);
  for (const name of ['a1', 'a2', 'a3']) t.equal(places.take(holder('a', name)), true);
  t.equal(places.take(holder('b')), true);
  t.equal(places.take(holder('c')), true);
  t.same(given, ['a1']);
  t.equal(places.take(holder('d')), true);
  t.same(given, ['a1', 'a2']);
  t.equal(places.take(holder('e')), false, 'nobody has more than one');
  t.equal(places.count, 4);
  t.end();
});

t.test('many networks fill it, and no more', (t) => {
  const { places, given, holder } = scene(100, 16);
  for (let network = 0; network < 1_000; network++) places.take(holder(String(network)));
  t.equal(places.count, 100);
  t.same(given, []);
  t.end();
});
