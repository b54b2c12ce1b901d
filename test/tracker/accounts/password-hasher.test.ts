import t from 'tap';
import { MAX_PASSWORD_QUEUE } from '../../../src/net/limits.js';
import { PasswordHasher } from '../../../src/tracker/accounts/password-hasher.js';

/** Somebody on a connection of their own. */
const asker = (network = '192.0.2.7') => ({ network, connection: {} });

void t.test('a password matches its own hash and no other', async (t) => {
  const passwords = new PasswordHasher();
  t.teardown(() => passwords.close());
  const [hash, again] = await Promise.all([
    passwords.hash('secret', asker()),
    passwords.hash('secret', asker()),
  ]);
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.not(hash, again, 'salted');
  t.equal(await passwords.verify('secret', hash, asker()), true);
  t.equal(await passwords.verify('secret ', hash, asker()), false);
  t.equal(await passwords.verify('secret', undefined, asker()), false, 'nobody’s hash');
  t.equal(passwords.pending, 0);
});

void t.test('a hash is as dear as it is to be, and is checked whatever it cost', async (t) => {
  const cheap = new PasswordHasher({ memoryKib: 8, passes: 1 });
  const usual = new PasswordHasher();
  t.teardown(() => Promise.all([cheap.close(), usual.close()]));
  const hash = await cheap.hash('secret', asker());
  t.match(hash, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
  t.equal(await usual.verify('secret', hash, asker()), true);
  t.equal(await cheap.verify('secret', undefined, asker()), false, 'nobody’s hash');
});

void t.test('so many may wait, the next one is refused, and the end refuses all', async (t) => {
  const passwords = new PasswordHasher();
  const waiting = Array.from({ length: MAX_PASSWORD_QUEUE }, (_, n) =>
    passwords.hash('secret', asker(`192.0.2.${n}`)).catch(() => 'ended'),
  );
  t.equal(passwords.pending, MAX_PASSWORD_QUEUE);
  await t.rejects(passwords.hash('one more', asker()), { code: 'BUSY' });
  await passwords.close();
  await Promise.all(waiting);
  t.equal(passwords.pending, 0);
});
