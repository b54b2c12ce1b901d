import t from 'tap';
import { MIN_SIGN_OF_LIFE_BYTES } from '../../src/net/limits.js';
import { Silence } from '../../src/net/silence.js';

t.test('it lasts from the start to the first verified piece', async (t) => {
  const silence = new Silence(100);
  t.equal(silence.lastedMs(150), 50);
  silence.onSign(300);
  t.equal(silence.lastedMs(300), 0);
  t.equal(silence.lastedMs(420), 120);
});

t.test('bytes of wanted blocks end it, also many small lots', async (t) => {
  const silence = new Silence(0);
  silence.onReceived(MIN_SIGN_OF_LIFE_BYTES - 1, 1_000);
  t.equal(silence.lastedMs(1_000), 1_000, 'a few are no sign of life');
  silence.onReceived(1, 2_000);
  t.equal(silence.lastedMs(2_500), 500);
  silence.onReceived(1, 3_000);
  t.equal(silence.lastedMs(3_000), 1_000, 'the count begins anew');
});

t.test('one byte a second keeps nothing alive', async (t) => {
  const silence = new Silence(0);
  for (let second = 1; second <= 60; second++) silence.onReceived(1, second * 1_000);
  t.equal(silence.lastedMs(60_000), 60_000);
});
