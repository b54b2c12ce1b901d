import t from 'tap';
import { GuestPlaces, type PlaceHolder } from '../../../src/main/gateway/guest-places.js';

function scene(most: number, mostOfNetwork: number, mostProvenOfNetwork = mostOfNetwork) {
  const places = new GuestPlaces({ most, mostOfNetwork, mostProvenOfNetwork });
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

t.test('when all are taken, the network that has most gives its oldest up', (t) => {
  const { places, given, holder } = scene(4, 3);
  for (const name of ['a1', 'a2', 'a3']) t.equal(places.take(holder('a', name)), true);
  for (const network of ['b', 'c', 'd', 'e']) t.equal(places.take(holder(network)), true);
  t.same(given.slice(0, 2), ['a1', 'a2']);
  t.equal(given.length, 3, 'and among equals somebody');
  t.equal(places.count, 4);
  t.end();
});

t.test('strangers take no place of who takes what a link gives', (t) => {
  const { places, given, holder } = scene(4, 4, 2);
  const guests = ['g1', 'g2', 'g3'].map((name) => holder('g', name));
  for (const guest of guests) t.equal(places.take(guest), true);
  t.same(
    guests.map((guest) => places.prove(guest)),
    [true, true, false],
    'a network has so many of these',
  );
  const other = holder('h');
  t.equal(places.take(other), true);
  t.equal(places.prove(other), true);
  for (let stranger = 0; stranger < 100; stranger++) {
    t.equal(places.take(holder(`s${stranger}`)), true);
  }
  t.equal(given[0], 'g3');
  t.equal(given.length, 100);
  t.notMatch(given.join(' '), /g1|g2|h/);
  t.equal(places.prove(guests[2]!), false, 'what was given up is not proven any more');
  places.lapse(other);
  places.lapse(other);
  t.equal(places.count, 4);
  for (let stranger = 0; stranger < 2; stranger++) places.take(holder(`t${stranger}`));
  t.ok(given.includes('h'), 'who has come to the end is like the others');
  t.end();
});

t.test('when all are proven nobody comes in', (t) => {
  const { places, given, holder } = scene(2, 2);
  for (const network of ['a', 'b']) {
    const guest = holder(network);
    places.take(guest);
    t.equal(places.prove(guest), true);
    if (network === 'b') places.free(guest);
  }
  const last = holder('c');
  t.ok(places.take(last) && places.prove(last));
  t.equal(places.take(holder('d')), false);
  t.same(given, []);
  t.end();
});

t.test('many networks fill it, and no more', (t) => {
  const { places, given, holder } = scene(100, 16);
  for (let network = 0; network < 1_000; network++) places.take(holder(String(network)));
  t.equal(places.count, 100);
  t.equal(given.length, 900);
  t.end();
});
