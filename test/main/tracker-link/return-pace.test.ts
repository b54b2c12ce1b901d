import t from 'tap';
import { ReturnPace } from '../../../src/main/tracker-link/return-pace.js';
import {
  AWAY_RETRY_MAX_MS,
  BUSY_RETRY_MAX_MS,
  BUSY_RETRY_MIN_MS,
  RECONNECT_MAX_MS,
  RECONNECT_MIN_MS,
} from '../../../src/net/limits.js';

const always = (random: number) => () => random;

t.test('whose tracker went without a word comes back at once, then later and later', async (t) => {
  const pace = new ReturnPace(undefined, always(1));
  t.ok(pace.isFirst);
  t.notOk(pace.isSpread);
  t.equal(pace.nextMs(), RECONNECT_MIN_MS);
  for (let attempt = 1; attempt < 5; attempt++) {
    pace.onFailed('failed');
    t.notOk(pace.isFirst);
    t.equal(pace.nextMs(), RECONNECT_MIN_MS * 2 ** attempt);
  }
  for (let attempt = 0; attempt < 5000; attempt++) pace.onFailed('failed');
  t.equal(pace.nextMs(), RECONNECT_MAX_MS);
});

t.test('the first attempt lies anywhere in the time that the tracker asked for', async (t) => {
  for (const random of [0, 0.5, 1]) {
    const pace = new ReturnPace(12_000, always(random));
    t.ok(pace.isSpread);
    t.equal(pace.nextMs(), RECONNECT_MIN_MS * (0.5 + random / 2) + 12_000 * random);
    pace.onFailed('failed');
    t.notOk(pace.isSpread);
    t.equal(pace.nextMs(), RECONNECT_MIN_MS * (1 + random), 'later ones are spread already');
  }
});

t.test('an address that is known to answer is dialled at once, and once', async (t) => {
  const pace = new ReturnPace(undefined, always(1), true);
  t.equal(pace.nextMs(), 0);
  pace.onFailed('failed');
  t.equal(pace.nextMs(), RECONNECT_MIN_MS * 2);
});

t.test('a tracker that is busy is asked less and less, and as before once it is not', async (t) => {
  const pace = new ReturnPace(undefined, always(1));
  for (let count = 0; count < 4; count++) {
    pace.onFailed('busy');
    t.equal(pace.nextMs(), BUSY_RETRY_MIN_MS * 2 ** count);
  }
  for (let count = 0; count < 5000; count++) pace.onFailed('busy');
  t.equal(pace.nextMs(), BUSY_RETRY_MAX_MS);
  pace.onFailed('failed');
  t.equal(pace.nextMs(), RECONNECT_MAX_MS);
  pace.startAnew();
  t.equal(pace.nextMs(), RECONNECT_MIN_MS);
});

t.test('who cannot wait is not held by what the tracker asked for', async (t) => {
  const pace = new ReturnPace(60_000, always(1));
  pace.startAnew();
  t.notOk(pace.isSpread);
  t.equal(pace.nextMs(), RECONNECT_MIN_MS);
});

t.test('where the network does not lead there it is dialled at a steady pace', async (t) => {
  const pace = new ReturnPace(undefined, always(1));
  pace.onFailed('away');
  t.equal(pace.nextMs(), RECONNECT_MIN_MS * 2);
  for (let attempt = 0; attempt < 5000; attempt++) pace.onFailed('away');
  t.equal(pace.nextMs(), AWAY_RETRY_MAX_MS);
  pace.onFailed('failed');
  t.equal(pace.nextMs(), RECONNECT_MAX_MS, 'a machine without its tracker is asked less often');
});
