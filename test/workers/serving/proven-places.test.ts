/** Places of connections with a ticket: users, devices and connections are names. */
import t from 'tap';
import { MAX_UPLOAD_SESSIONS, MAX_UPLOAD_SESSIONS_PER_DEVICE } from '../../../src/net/limits.js';
import { ProvenPlaces } from '../../../src/workers/serving/proven-places.js';

function scene() {
  const places = new ProvenPlaces();
  const ended: string[] = [];
  const take = (userId: string, deviceId: string, name: string, isIdle = true) => {
    const end = ({ code }: { code: string }): void => void ended.push(`${name} ${code}`);
    const place = { userId, deviceId, isIdle, end };
    places.take(place);
    return place;
  };
  /** Fills places of one user with devices that have as many connections as they may. */
  const fill = (userId: string, count: number, isIdle = true): void => {
    for (let number = 0; number < count; number++) {
      const device = `${userId} ${Math.floor(number / MAX_UPLOAD_SESSIONS_PER_DEVICE)}`;
      take(userId, device, `${userId} ${number}`, isIdle);
    }
  };
  return { places, take, fill, takeEnded: () => ended.splice(0) };
}

t.test('a device has its share: the oldest idle one goes, or the new one is refused', async (t) => {
  const { places, take, takeEnded } = scene();
  for (let number = 0; number < MAX_UPLOAD_SESSIONS_PER_DEVICE; number++)
    take('anna', 'laptop', `connection ${number}`, number === 2);
  take('anna', 'phone', 'of another device', true);
  take('anna', 'laptop', 'one more', false);
  t.same(takeEnded(), ['connection 2 BUSY']);
  t.throws(() => take('anna', 'laptop', 'too many', true), { code: 'LIMIT_REACHED' });
  t.same(takeEnded(), []);
  t.equal(places.count, MAX_UPLOAD_SESSIONS_PER_DEVICE + 1);
});

t.test('when all are taken, the user who holds most loses the oldest idle one', async (t) => {
  const cases: [name: string, isIdle: boolean, loser: string][] = [
    ['all idle', true, 'mallory 0 BUSY'],
    ['none idle', false, 'mallory 0 BUSY'],
  ];
  for (const [name, isIdle, loser] of cases) {
    const { places, take, fill, takeEnded } = scene();
    take('anna', 'laptop', 'of anna', true);
    fill('bert', 100);
    fill('mallory', MAX_UPLOAD_SESSIONS - 101, isIdle);
    take('carl', 'desk', 'of carl', true);
    t.same(takeEnded(), [loser], name);
    t.equal(places.count, MAX_UPLOAD_SESSIONS);
  }
});

t.test('whoever fills the table with devices pays for all of them alone', async (t) => {
  const { take, fill, takeEnded } = scene();
  take('anna', 'laptop', 'of anna', true);
  fill('mallory', 3 * MAX_UPLOAD_SESSIONS);
  const ended = takeEnded();
  t.equal(ended.length, 2 * MAX_UPLOAD_SESSIONS + 1);
  t.ok(ended.every((name) => name.startsWith('mallory')));
});

t.test('a busy connection outlives an idle one of the same user', async (t) => {
  const { take, fill, takeEnded } = scene();
  take('mallory', 'first', 'busy', false);
  fill('mallory', MAX_UPLOAD_SESSIONS);
  t.same(takeEnded(), ['mallory 0 BUSY']);
});

t.test('a place that is left is free', async (t) => {
  const { places, take, takeEnded } = scene();
  for (let count = 0; count < 2 * MAX_UPLOAD_SESSIONS; count++) {
    const place = take('anna', 'laptop', 'one');
    places.leave(place);
    places.leave(place);
  }
  t.same([places.count, takeEnded()], [0, []]);
});
