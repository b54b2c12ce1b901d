/** Where a tracker is, as a home keeps it. */
import t from 'tap';
import {
  addressesAt,
  addressesOfLogin,
  keptOf,
  knownAs,
  placesKept,
  placesOf,
  placesSaid,
} from '../../../src/main/account/tracker-places.js';
import type { Meeting } from '../../../src/main/tracker-link/known-trackers.js';

const [a, b, c] = ['a', 'b', 'c'].map((host) => ({ host, port: 8000 }));
const trackerId = '1'.repeat(64);
const login = { userId: 'ann', trackerId, token: 'token' };

/** A home that has met trackers at some hosts. */
const met = (meetings: Readonly<Record<string, Meeting>>) => ({
  howMet: async ({ host }: { host: string }) => meetings[host],
});

t.test('a login of one address is kept as it was before there were several', async (t) => {
  const addresses = await addressesAt(placesSaid([a!]), met({}));
  const places = placesOf(addresses, trackerId);
  t.same(keptOf(places), { tracker: a });
  t.same(placesKept({ ...login, ...keptOf(places) }), places);
});

t.test('what the user said, what was learnt and where it worked last come back', async (t) => {
  const addresses = await addressesAt(placesSaid([a!, b!]), met({}));
  addresses.onWorked(b!);
  addresses.learn([c!]);
  const places = placesOf(addresses, trackerId);
  const kept = keptOf(places);
  t.same(kept, { tracker: b, said: [a, b], learnt: [c] });
  t.same(placesKept({ ...login, ...kept }), places);
  const again = await addressesAt(placesKept({ ...login, ...kept }), met({}));
  t.same(again.current, b);
  t.same(again.all, [a, b, c]);
});

t.test('of one address that was said, the one that worked last may be learnt', (t) => {
  const places = { said: [a!], learnt: [c!], worked: c, trackerId };
  t.same(keptOf(places), { tracker: c, said: [a], learnt: [c] });
  t.same(placesKept({ ...login, ...keptOf(places) }), places);
  t.end();
});

t.test(
  'whoever logs in meets a tracker as it was met before, whoever goes on as it was then',
  async (t) => {
    const key = (digit: string): Meeting => ({ how: 'key', trackerId: digit.repeat(64) });
    const byName: Meeting = { how: 'authority', trackerId: 'b:8000' };
    const cases: [
      meetings: Record<string, Meeting>,
      id: string | undefined,
      toLogIn: unknown,
      toGoOn: unknown,
    ][] = [
      [{}, undefined, undefined, undefined],
      [{}, trackerId, undefined, key('1')],
      [{ a: key('1') }, undefined, key('1'), key('1')],
      [{ b: key('1') }, trackerId, key('1'), key('1')],
      [{ a: key('2'), b: key('1') }, trackerId, key('1'), key('1')],
      [{ a: key('2'), b: key('1') }, undefined, key('2'), key('2')],
      // The user has changed the line of the tracker that was set up anew: a token of before is not for it.
      [{ a: key('2') }, trackerId, key('2'), key('1')],
      [{ c: key('1') }, trackerId, undefined, key('1')],
      [{}, 'b:8000', undefined, byName],
      [{ b: byName }, 'b:8000', byName, byName],
      [{ a: key('1'), b: byName }, 'b:8000', byName, byName],
    ];
    for (const [meetings, id, toLogIn, toGoOn] of cases) {
      const places = { said: [a!, b!], learnt: [c!], worked: undefined, trackerId: id };
      t.same((await addressesAt(places, met(meetings))).identity, toLogIn);
      t.same((await addressesOfLogin(places, met(meetings))).identity, toGoOn);
      t.same(await knownAs(places, met(meetings)), toGoOn);
    }
  },
);
