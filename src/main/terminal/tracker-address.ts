/**
 * The tracker as people write it: `HOST`, `HOST:PORT` or a URL, in any case, with a dot behind the name,
 * with the interface of a link-local address. The same tracker becomes the same address. Pure.
 */
import { domainToASCII } from 'node:url';
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { isIPv6 } from '../../net/ip-address.js';
import { MAX_TRACKER_ADDRESSES } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { MAX_HOST_LENGTH } from '../../net/tracker-host.js';
import { parsePort } from './quantities.js';

/** The port of a tracker that is named without one, as the manual starts it; of a URL it is that of HTTPS. */
export const DEFAULT_TRACKER_PORT = 8000;
const HTTPS_PORT = 443;

/** Reads where a tracker is. @throws UsageError */
export function parseTracker(text: string): PeerAddress {
  const trimmed = text.trim();
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(trimmed) ?? [];
  if (scheme === undefined) return parseAuthority(trimmed, DEFAULT_TRACKER_PORT, text);
  const [, authority = '', path] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  const isTracker = /^(https|wss)$/i.test(scheme) && /^\/?(v1\/?)?$/.test(path ?? '');
  if (!isTracker) throw notATracker(text);
  return parseAuthority(authority, HTTPS_PORT, text);
}

/** The same of all addresses of one tracker, each once. @throws UsageError */
export function parseTrackers(texts: readonly string[]): readonly PeerAddress[] {
  const all = new Map(texts.map(parseTracker).map((one) => [`${one.host} ${one.port}`, one]));
  if (all.size > MAX_TRACKER_ADDRESSES) {
    throw new UsageError(
      `a tracker has ${MAX_TRACKER_ADDRESSES} addresses at most; leave out ${all.size - MAX_TRACKER_ADDRESSES} of them`,
    );
  }
  return [...all.values()];
}

/** A host of a tracker in the one form that stands for it. @throws UsageError */
export function trackerHost(text: string): string {
  return canonical(/^\[(.+)\]$/.exec(text)?.[1] ?? text, text);
}

function parseAuthority(authority: string, defaultPort: number, text: string): PeerAddress {
  if (isIPv6(authority)) return { host: canonical(authority, text), port: defaultPort };
  const [, bracketed, plain, port] =
    /^(?:\[([^\][]+)\]|([^:\s[\]@]+))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  // A zone stands in a URL as %25eth0.
  const host = bracketed?.replace('%25', '%') ?? plain;
  if (host === undefined || (bracketed !== undefined && !isIPv6(host ?? ''))) {
    throw notATracker(text);
  }
  return {
    host: canonical(host, text),
    port: port === undefined ? defaultPort : parsePort(port),
  };
}

/** In lower case, but for the name of an interface; without the dot that only says that nothing follows. */
function canonical(host: string, text: string): string {
  if (host.length > MAX_HOST_LENGTH) throw notATracker(text);
  const [address = '', ...zone] = host.split('%');
  if (isIPv6(host)) return [address.toLowerCase(), ...zone].join('%');
  const name = host.replace(/\.$/, '').toLowerCase();
  if (/[\s/%:?#@\\[\]]/.test(name)) throw notATracker(text);
  // What is plain already stays as it is: `127.1` is a name here, as it is elsewhere in p2p.
  const plain = /^[!-~]*$/.test(name) ? name : domainToASCII(name);
  if (plain === '' || plain.length > MAX_HOST_LENGTH) throw notATracker(text);
  return plain;
}

function notATracker(text: string): UsageError {
  return new UsageError(
    `"${display(text, 256)}" is no tracker; write it like tracker.example, 192.0.2.7:8000, [fe80::1%eth0]:8000 or https://tracker.example`,
  );
}
