/**
 * Quantities as people write and read them: sizes, rates, durations, addresses.
 * Parsers are for the command line's edge and throw UsageError with an example; formatters
 * never round up to a value that would be a lie (100 % and `0 s` are exact).
 */
import { UsageError } from '../../net/errors.js';
import { isIPv6 } from '../../net/ip-address.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import { MAX_HOST_LENGTH } from '../../net/tracker-host.js';

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  '': 1e3,
  s: 1e3,
  m: 60e3,
  min: 60e3,
  h: 3600e3,
  d: 24 * 3600e3,
};

const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

/** Reads a size such as `1GiB`, `10MB` or `512` (bytes) as bytes. */
export function parseSize(text: string): number {
  const bytes = measure(text, BYTES_PER_UNIT);
  if (bytes === undefined) {
    throw new UsageError(`"${text}" is not a size; write it like 512KiB, 10MB or 1GiB`);
  }
  return Math.round(bytes);
}

/** Reads a rate such as `10MB/s` or `512KiB` as bytes per second; a bare number would be taken for megabytes. */
export function parseRate(text: string): number {
  const amount = text.replace(/\s*(\/s|ps)$/i, '');
  if (/^[\d.]+$/.test(amount.trim())) {
    throw new UsageError(
      `the rate "${text}" has no unit; write ${amount.trim()}MiB/s or ${amount.trim()}KiB/s`,
    );
  }
  const bytes = measure(amount, BYTES_PER_UNIT);
  if (bytes === undefined || bytes < 1) {
    throw new UsageError(`"${text}" is not a rate; write it like 500KB/s or 10MiB/s`);
  }
  return Math.round(bytes);
}

/** Reads a duration such as `90s`, `2m`, `500ms` or `30` (seconds) as milliseconds. */
export function parseDurationMs(text: string): number {
  const durationMs = measure(text, MS_PER_UNIT);
  if (durationMs === undefined) {
    throw new UsageError(`"${text}" is not a duration; write it like 500ms, 90s, 2m, 1h or 2d`);
  }
  return Math.round(durationMs);
}

/** A day, or a moment of it; without a zone it is UTC, in which moments are shown. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** Reads a moment such as `2026-11-25`, `2026-11-25T12:00Z`, or how long ago: `2d`; as ms since 1970. */
export function parseMomentMs(text: string, nowMs: number): number {
  const [, day, time = '00:00', zone = 'Z'] = MOMENT.exec(text.trim()) ?? [];
  const ago = day === undefined ? measure(text, MS_PER_UNIT) : undefined;
  const moment = ago === undefined ? Date.parse(`${day}T${time}${zone}`) : nowMs - ago;
  if (Number.isFinite(moment)) return Math.round(moment);
  throw new UsageError(
    `"${text}" is not a moment; write a day (2026-11-25), 2026-11-25T12:00Z, or how long ago (2d)`,
  );
}

function measure(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = NUMBER_AND_UNIT.exec(text.trim());
  const unit = match?.[2]?.toLowerCase() ?? '';
  if (match === null || !Object.hasOwn(units, unit)) return undefined;
  const value = Number(match[1]) * units[unit]!;
  return Number.isSafeInteger(Math.round(value)) ? value : undefined;
}

/** Reads a whole number from `min` on; `what` names it in the error. */
export function parseCount(text: string, what: string, min: number, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new UsageError(`"${text}" is not ${what}; write a whole number from ${min} to ${max}`);
}

/** Reads a port, 0 (any free one) to 65535. */
export function parsePort(text: string): number {
  return parseCount(text, 'a port', 0, 65_535);
}

/** Reads `HOST:PORT`; an IPv6 host stands in brackets, as in `[::1]:8000`. */
export function parseAddress(text: string): PeerAddress {
  const match = /^(?:\[([^\][]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const isBracketed = match?.[1] !== undefined;
  if (!match || !host || host.length > MAX_HOST_LENGTH || (isBracketed && !isIPv6(host))) {
    throw new UsageError(`"${text}" is not an address; write it like 192.0.2.7:8000 or [::1]:8000`);
  }
  return { host, port: parsePort(match[3]!) };
}

/** Reads a host that stands alone; brackets around an IPv6 address are dropped. */
export function parseHost(text: string): string {
  const host = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
  const isShort = host !== '' && host.length <= MAX_HOST_LENGTH;
  if (isShort && !/[\s[\]/]/.test(host) && (!host.includes(':') || isIPv6(host))) return host;
  throw new UsageError(`"${text}" is not a host; write an IP address or a host name`);
}

/** Reads `tls` or `tcp`. */
export function parsePeerTransport(text: string): PeerTransport {
  if (text === 'tls' || text === 'tcp') return text;
  throw new UsageError(`"${text}" is not a peer transport; write tls or tcp`);
}

/** `192.0.2.7:8000`, `[::1]:8000`. */
export function formatAddress({ host, port }: PeerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where something listens: an address, or `port 4000 of every address of this machine`. */
export function formatListening(address: PeerAddress): string {
  if (!isEveryAddress(address.host)) return formatAddress(address);
  const which = address.host === '::' ? 'every address' : 'every IPv4 address';
  return `port ${address.port} of ${which} of this machine`;
}

/** `0 B`, `1.50 MiB`, `256 MiB`: three digits that matter, binary units. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < units.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${threeDigits(value, step === 0)} ${units[step]}`;
}

/** `1 file`, `2 files`; `several` where no s makes the plural. */
export function formatCount(count: number, what: string, several = `${what}s`): string {
  return `${count} ${count === 1 ? what : several}`;
}

/** `12.5 MiB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`;
}

/** `0.42 s`, `12.3 s`, `2 m 5 s`, `3 h 20 m`. */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
}

const DAY_MS = 86_400_000;
/** What takes longer is not going on: how much longer says nothing, and would take the room of a table. */
const MAX_DAYS_LEFT = 99;

/** `6 s`, `2 m 5 s`, `11 days`, `>99 days`: a guess needs no decimals, which would flicker. */
export function formatTimeLeft(durationMs: number): string {
  if (durationMs >= (MAX_DAYS_LEFT + 0.5) * DAY_MS) return `>${MAX_DAYS_LEFT} days`;
  if (durationMs >= 2 * DAY_MS) return `${Math.round(durationMs / DAY_MS)} days`;
  return durationMs < 60_000 ? `${Math.ceil(durationMs / 1000)} s` : formatDuration(durationMs);
}

/** `6 s`, `2 m 5 s`: what has lasted so far. */
export function formatWait(durationMs: number): string {
  return durationMs < 60_000 ? `${Math.floor(durationMs / 1000)} s` : formatDuration(durationMs);
}

/** `43 %`; 100 only when nothing is missing. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0 || part >= whole) return '100 %';
  return `${Math.floor((part / whole) * 100)} %`;
}

function threeDigits(value: number, isWhole: boolean): string {
  if (isWhole || value >= 100) return String(Math.floor(value));
  const text = value.toFixed(value >= 10 ? 1 : 2);
  return text.replace(/\.?0+$/, '');
}

/** To the second, in UTC: sorted as text it is sorted by time. */
export function formatTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
