import t from 'tap';
import { LinkPasswords } from '../../../src/main/guests/link-password.js';
import { MAX_GUEST_PASSWORDS_WAITING } from '../../../src/net/limits.js';

t.test('a password is known again by what is kept of it, and no other one', async (t) => {
  const passwords = new LinkPasswords();
  const [kept, other] = [await passwords.keep('öpen sesame'), await passwords.keep('öpen sesame')];
  t.not(kept.hash, other.hash, 'two of them look different');
  t.equal(await passwords.isRight('öpen sesame', kept), true);
  t.equal(await passwords.isRight('o\u0308pen sesame', kept), true, 'however it is typed');
  for (const wrong of ['', 'open sesame', 'öpen sesame ', 'ÖPEN SESAME']) {
    t.equal(await passwords.isRight(wrong, kept), false, wrong);
  }
  t.equal(await passwords.isRight('öpen sesame', { ...kept, hash: '' }), false);
});

t.test('many at once are refused, and those before them are not', async (t) => {
  const passwords = new LinkPasswords();
  const kept = await passwords.keep('right');
  const asked = Array.from({ length: MAX_GUEST_PASSWORDS_WAITING + 1 }, () =>
    passwords.isRight('right', kept),
  );
  const results = await Promise.allSettled(asked);
  t.match(results.pop(), { status: 'rejected', reason: { code: 'BUSY' } });
  t.ok(results.every((one) => one.status === 'fulfilled' && one.value));
});
