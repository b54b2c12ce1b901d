/**
 * The address of a PostgreSQL database as an operator writes it: what is one, and how it is shown to people, which is
 * without the password. Pure.
 */
import { display } from './display.js';
import { UsageError } from './errors.js';
import { MAX_DATABASE_URL_BYTES } from './limits.js';
import { HOW_TO_WRITE_IT, mayBeMisread } from './misread-address.js';

const SCHEMES = ['postgres:', 'postgresql:'];

/** Checks an address, and gives it back unchanged. @throws UsageError, which does not repeat it */
export function checkDatabaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOne = url && SCHEMES.includes(url.protocol) && !/\p{Cc}/u.test(text);
  if (!isOne) {
    throw new UsageError(
      'this is no address of a database; write postgres://USER@HOST/DATABASE, with the password in P2P_DATABASE alone',
    );
  }
  if (mayBeMisread(text)) {
    throw new UsageError(
      `the address of the database is misread; user and password stand ${HOW_TO_WRITE_IT}`,
    );
  }
  if (Buffer.byteLength(text) > MAX_DATABASE_URL_BYTES) {
    throw new UsageError(`the address of the database has over ${MAX_DATABASE_URL_BYTES} bytes`);
  }
  return text;
}

/** True when the password stands in it. */
export function hasPassword(url: string): boolean {
  const { password, searchParams } = new URL(url);
  return password !== '' || searchParams.has('password');
}

/** For people: where it is and whose, and nothing else of what is set in it. */
export function shownDatabase(url: string): string {
  const { protocol, username, host, pathname, searchParams } = new URL(url);
  const user = username || searchParams.get('user') || '';
  const place = host || searchParams.get('host') || '';
  return display(`${protocol}//${user === '' ? '' : `${user}@`}${place}${pathname}`);
}
