import t from 'tap';
import { MAX_DATABASE_URL_BYTES } from '../../src/net/limits.js';
import { checkDatabaseUrl, hasPassword, shownDatabase } from '../../src/net/database-url.js';

const SECRET = 's3cret';

void t.test('an address is one of PostgreSQL, and comes back unchanged', (t) => {
  for (const url of [
    'postgres://host/db',
    'postgresql://anna:pw@host:5433/db?sslmode=verify-full',
  ]) {
    t.equal(checkDatabaseUrl(url), url);
  }
  for (const text of [
    '',
    'db',
    'mysql://host/db',
    `postgres//anna:${SECRET}@host`,
    'postgres://a\nb/',
  ]) {
    t.throws(() => checkDatabaseUrl(text), { code: 'BAD_ARGUMENT' }, text);
  }
  const long = `postgres://host/${'d'.repeat(MAX_DATABASE_URL_BYTES)}`;
  t.throws(() => checkDatabaseUrl(long), { code: 'BAD_ARGUMENT', message: /bytes/ });
  t.end();
});

void t.test('no password is ever shown, wherever it stands', (t) => {
  const shown = [
    [`postgres://anna:${SECRET}@host:5433/db`, 'postgres://anna@host:5433/db'],
    [`postgres://host/db?user=anna&password=${SECRET}`, 'postgres://anna@host/db'],
    [`postgresql:///db?host=/run/postgresql&password=${SECRET}`, 'postgresql:///run/postgresql/db'],
  ] as const;
  for (const [url, text] of shown) {
    t.equal(hasPassword(url), true);
    t.equal(shownDatabase(url), text);
  }
  t.equal(hasPassword('postgres://anna@host/db'), false);
  try {
    checkDatabaseUrl(`pg:${SECRET}`);
  } catch (error) {
    t.notMatch((error as Error).message, SECRET);
  }
  t.end();
});

void t.test('a password that is read as something else is refused, and not repeated', (t) => {
  for (const text of [
    `postgres://anna:12/${SECRET}@host/db`,
    `postgres://anna:12?${SECRET}@host/db`,
    `postgres://anna:12#${SECRET}@host/db`,
    `postgres:anna:${SECRET}@host/db`,
    `postgres:/anna:${SECRET}@host/db`,
    `postgres:anna:${SECRET}?a=b@host/db`,
    `postgres://anna:12?${SECRET}=b@host/db`,
    `postgres://anna:12?a=${SECRET}@host/db`,
    `postgres://anna:p@${SECRET}?w=1@host/db`,
    `postgres:anna:${SECRET}`,
    `postgres:/anna:${SECRET}`,
    `postgres:///anna:${SECRET}`,
    ` postgres:anna:${SECRET}`,
  ]) {
    t.throws(() => checkDatabaseUrl(text), { code: 'BAD_ARGUMENT' }, text);
    try {
      checkDatabaseUrl(text);
    } catch (error) {
      t.notMatch(String(error), SECRET);
    }
  }
  const written = 'postgres://anna:a%2Fb%3Fc%23d%40e@host/db?password=a%40b';
  t.equal(checkDatabaseUrl(written), written);
  t.end();
});
