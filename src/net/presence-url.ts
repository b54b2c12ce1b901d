/**
 * The address of a presence server (Redis, or Valkey) as an operator writes it: what is one, and how it is shown to
 * people, which is without the password. Pure.
 */
import { display } from './display.js';
import { UsageError } from './errors.js';
import { MAX_PRESENCE_URL_BYTES } from './limits.js';
import { HOW_TO_WRITE_IT, mayBeMisread } from './misread-address.js';

const SCHEMES = ['redis:', 'rediss:'];

/** Checks an address, and gives it back unchanged. @throws UsageError, which does not repeat it */
export function checkPresenceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOne = url && SCHEMES.includes(url.protocol) && url.host !== '' && !/\p{Cc}/u.test(text);
  if (!isOne) {
    throw new UsageError(
      'this is no address of a presence server; write redis://HOST, or rediss:// for one with TLS, with the password in P2P_PRESENCE alone',
    );
  }
  if (mayBeMisread(text)) {
    throw new UsageError(
      `the address of the presence server is misread; user and password stand ${HOW_TO_WRITE_IT}`,
    );
  }
  if (Buffer.byteLength(text) > MAX_PRESENCE_URL_BYTES) {
    throw new UsageError(
      `the address of the presence server has over ${MAX_PRESENCE_URL_BYTES} bytes`,
    );
  }
  return text;
}

/** True when the password stands in it. */
export function hasPresencePassword(url: string): boolean {
  const { password, searchParams } = new URL(url);
  return password !== '' || searchParams.has('password');
}

/** For people: where it is, and nothing else of what is set in it. */
export function shownPresence(url: string): string {
  const { protocol, host } = new URL(url);
  return display(`${protocol}//${host}`);
}
