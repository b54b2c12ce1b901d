import t from 'tap';
import { MAX_PASSWORD_QUEUE } from '../../../src/net/limits.js';
import { PasswordHasher } from '../../../src/tracker/accounts/password-hasher.js';

void t.test('a password matches its own hash and no other', async (t) => {
  const passwords = new PasswordHasher();
  t.teardown(() => passwords.close());
  const [hash, again] = await Promise.all([passwords.hash('secret'), passwords.hash('secret')]);
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.not(hash, again, 'salted');
  t.equal(await passwords.verify('secret', hash), true);
  t.equal(await passwords.verify('secret ', hash), false);
  t.equal(await passwords.verify('secret', undefined), false, 'nobody’s hash matches nothing');
  t.equal(passwords.pending, 0);
});

void t.test('so many may wait, the next one is refused', async (t) => {
  const passwords = new PasswordHasher();
  const waiting = Array.from({ length: MAX_PASSWORD_QUEUE }, () =>
    passwords.hash('secret').catch(() => 'ended'),
  );
  t.equal(passwords.pending, MAX_PASSWORD_QUEUE);
  await t.rejects(passwords.hash('one more'), { code: 'BUSY' });
  await passwords.close();
  await Promise.all(waiting);
  t.equal(passwords.pending, 0);
});
