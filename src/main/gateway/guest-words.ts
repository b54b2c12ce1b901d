/**
 * What a guest sends to show that the password was said: HTTP Basic, the form, or the cookie that came of it. The
 * cookie says until when it is good, for which link, and is signed with a key that ends with the process. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { GUEST_PASSWORD_LIFETIME_MS, MAX_PASSWORD_BYTES } from '../../net/limits.js';

const COOKIE = '__Secure-p2p-guest';
const FORM = 'application/x-www-form-urlencoded';
/** Time, a point, and a MAC of 32 bytes. */
const VALUE = /^(\d{1,15})\.([\w-]{43})$/;
const MAX_COOKIES = 8;

/** The password of HTTP Basic, whatever user it names. */
export function basicPassword(header: string | undefined): string | undefined {
  const [, encoded] = /^basic +([\w+/=-]{1,4096})$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : fitting(text.slice(colon + 1));
}

/** The password of the form. */
export function formPassword(type: string | undefined, body: string): string | undefined {
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== FORM) return undefined;
  return fitting(new URLSearchParams(body).get('password') ?? undefined);
}

function fitting(password: string | undefined): string | undefined {
  if (password === undefined || password === '') return undefined;
  return Buffer.byteLength(password) > MAX_PASSWORD_BYTES ? undefined : password;
}

/** `path` is that of the link with its secret: to no other one the browser shows it. */
export function setWord(key: Buffer, id: string, path: string, nowMs: number): string {
  const untilMs = Math.floor(nowMs + GUEST_PASSWORD_LIFETIME_MS);
  const seconds = Math.floor(GUEST_PASSWORD_LIFETIME_MS / 1000);
  const value = `${untilMs}.${macOf(key, id, untilMs)}`;
  return `${COOKIE}=${value}; Path=${path}; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`;
}

/** Whether one of the cookies of a request says that the password of this link was said. */
export function hasWord(
  key: Buffer,
  id: string,
  header: string | undefined,
  nowMs: number,
): boolean {
  return (header ?? '')
    .split(';', MAX_COOKIES)
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${COOKIE}=`))
    .some((part) => isGood(key, id, part.slice(COOKIE.length + 1), nowMs));
}

function isGood(key: Buffer, id: string, value: string, nowMs: number): boolean {
  const [, until, mac] = VALUE.exec(value) ?? [];
  if (until === undefined || mac === undefined) return false;
  const expected = macOf(key, id, Number(until));
  return timingSafeEqual(Buffer.from(mac), Buffer.from(expected)) && nowMs < Number(until);
}

function macOf(key: Buffer, id: string, untilMs: number): string {
  return createHmac('sha256', key)
    .update(`p2p guest word v1\n${id}\n${untilMs}`)
    .digest('base64url');
}
