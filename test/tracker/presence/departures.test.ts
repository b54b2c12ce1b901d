import t from 'tap';
import { MAX_DEPARTURES_KNOWN } from '../../../src/net/limits.js';
import { Departures } from '../../../src/tracker/presence/departures.js';

t.test('who took leave is known until it is back, or many others have', async (t) => {
  const departures = new Departures();
  t.notOk(departures.has('pc'));
  departures.add('pc');
  t.ok(departures.has('pc'));
  departures.remove('pc');
  t.notOk(departures.has('pc'));
  for (const id of ['first', 'second', 'first']) departures.add(id);
  for (let other = 2; other < MAX_DEPARTURES_KNOWN; other++) departures.add(`${other}`);
  t.ok(departures.has('second'));
  departures.add('one more');
  t.notOk(departures.has('second'), 'the one that went longest ago');
  t.ok(departures.has('first'));
});
