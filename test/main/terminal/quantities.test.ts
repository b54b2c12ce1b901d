/** Quantities as people write and read them. */
import t from 'tap';
import {
  formatAddress,
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatTimeLeft,
  parseAddress,
  parseCount,
  parseDurationMs,
  parseHost,
  parseMomentMs,
  parsePort,
  parseRate,
  parseSize,
} from '../../../src/main/terminal/quantities.js';
import { UsageError } from '../../../src/net/errors.js';

/** No machine has a name of so many letters. */
const LONG = 'a'.repeat(254);

t.test('sizes are read with decimal and binary units', (t) => {
  t.equal(parseSize('0'), 0);
  t.equal(parseSize('512'), 512);
  t.equal(parseSize('512B'), 512);
  t.equal(parseSize('1KB'), 1000);
  t.equal(parseSize('1kib'), 1024);
  t.equal(parseSize('1.5MiB'), 1.5 * 1024 * 1024);
  t.equal(parseSize('1 GiB'), 1024 ** 3);
  for (const text of ['', 'x', '-1', '1XB', '1e9', '1/s', '99999999TiB', '1..2']) {
    t.throws(() => parseSize(text), UsageError, text);
  }
  t.end();
});

t.test('a moment is a day, a time of it, or how long ago', (t) => {
  const nowMs = Date.UTC(2026, 10, 25, 12);
  t.equal(parseMomentMs('2026-11-25', nowMs), Date.UTC(2026, 10, 25));
  t.equal(parseMomentMs('2026-11-25T10:30', nowMs), Date.UTC(2026, 10, 25, 10, 30));
  t.equal(parseMomentMs('2026-11-25T10:30:05Z', nowMs), Date.UTC(2026, 10, 25, 10, 30, 5));
  t.equal(parseMomentMs('2026-11-25T10:30+02:00', nowMs), Date.UTC(2026, 10, 25, 8, 30));
  t.equal(parseMomentMs('2d', nowMs), Date.UTC(2026, 10, 23, 12));
  for (const text of ['', 'yesterday', '2026-13-01', '2026-11-25T25:00', '25.11.2026', '2d ago']) {
    t.throws(() => parseMomentMs(text, nowMs), UsageError, text);
  }
  t.end();
});

t.test('rates are sizes per second', (t) => {
  t.equal(parseRate('10MB/s'), 10e6);
  t.equal(parseRate('512KiB'), 512 * 1024);
  t.equal(parseRate('1 MB /s'), 1e6);
  t.equal(parseRate('10B/s'), 10);
  t.throws(() => parseRate('10'), { message: /no unit; write 10MiB\/s/ });
  for (const text of ['0', '10', '10/s', '0MB/s', '/s', 'fast', '1MB/m']) {
    t.throws(() => parseRate(text), UsageError, text);
  }
  t.end();
});

t.test('durations are seconds unless they say otherwise', (t) => {
  t.equal(parseDurationMs('0'), 0);
  t.equal(parseDurationMs('30'), 30_000);
  t.equal(parseDurationMs('500ms'), 500);
  t.equal(parseDurationMs('1.5s'), 1_500);
  t.equal(parseDurationMs('2m'), 120_000);
  t.equal(parseDurationMs('1h'), 3_600_000);
  t.throws(() => parseDurationMs('soon'), UsageError);
  t.end();
});

t.test('addresses are read and written with brackets around IPv6', (t) => {
  t.same(parseAddress('127.0.0.1:8000'), { host: '127.0.0.1', port: 8000 });
  t.same(parseAddress('tracker.example:80'), { host: 'tracker.example', port: 80 });
  t.same(parseAddress('[::1]:80'), { host: '::1', port: 80 });
  for (const text of [
    '',
    'host',
    ':80',
    '::1:80',
    '[::1]',
    'a:b',
    'a:65536',
    '[x]:1',
    'a b:1',
    LONG + ':1',
  ]) {
    t.throws(() => parseAddress(text), UsageError, text);
  }
  t.equal(formatAddress({ host: '::1', port: 80 }), '[::1]:80');
  t.equal(formatAddress({ host: '127.0.0.1', port: 80 }), '127.0.0.1:80');
  t.end();
});

t.test('hosts, ports and counts are checked', (t) => {
  t.equal(parseHost('[::1]'), '::1');
  t.equal(parseHost('0.0.0.0'), '0.0.0.0');
  for (const text of ['', 'a:b', 'a b', '[x', 'a/b', LONG]) {
    t.throws(() => parseHost(text), UsageError, text);
  }
  t.equal(parsePort('0'), 0);
  t.equal(parsePort('65535'), 65_535);
  for (const text of ['-1', '65536', '1e3', '0x10', '', '80a']) {
    t.throws(() => parsePort(text), UsageError, text);
  }
  t.throws(() => parseCount('0', 'a number of peers', 1, 3), /number of peers/);
  t.end();
});

t.test('bytes, rates and durations are short to read', (t) => {
  t.equal(formatBytes(0), '0 B');
  t.equal(formatBytes(1023), '1023 B');
  t.equal(formatBytes(1024), '1 KiB');
  t.equal(formatBytes(1536), '1.5 KiB');
  t.equal(formatBytes(256 * 1024 ** 2), '256 MiB');
  t.equal(formatBytes(100 * 1024), '100 KiB');
  t.equal(formatBytes(5 * 1024 ** 4), '5 TiB');
  t.equal(formatRate(1024 ** 2), '1 MiB/s');
  t.equal(formatDuration(420), '0.42 s');
  t.equal(formatDuration(12_300), '12.3 s');
  t.equal(formatDuration(125_000), '2 m 5 s');
  t.equal(formatDuration(12_000_000), '3 h 20 m');
  t.equal(formatTimeLeft(12_000_000), '3 h 20 m');
  t.equal(formatTimeLeft(956_000_000), '11 days');
  t.equal(formatTimeLeft(99.4 * 86_400_000), '99 days');
  t.equal(formatTimeLeft(99.5 * 86_400_000), '>99 days');
  t.equal(formatTimeLeft(2 ** 53 * 1_000), '>99 days');
  t.end();
});

t.test('a percentage is 100 only when nothing is missing', (t) => {
  t.equal(formatPercent(0, 1000), '0 %');
  t.equal(formatPercent(999, 1000), '99 %');
  t.equal(formatPercent(1000, 1000), '100 %');
  t.equal(formatPercent(0, 0), '100 %');
  t.end();
});
