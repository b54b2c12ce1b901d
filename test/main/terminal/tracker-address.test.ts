/** The tracker as people write it. */
import t from 'tap';
import { UsageError } from '../../../src/net/errors.js';
import { parseTracker, trackerHost } from '../../../src/main/terminal/tracker-address.js';

const read: readonly (readonly [text: string, host: string, port: number])[] = [
  ['192.0.2.7:9000', '192.0.2.7', 9000],
  ['192.0.2.7', '192.0.2.7', 8000],
  ['tracker.example', 'tracker.example', 8000],
  ['Tracker.Example.:9000', 'tracker.example', 9000],
  [' localhost ', 'localhost', 8000],
  ['::1', '::1', 8000],
  ['[2001:DB8::1]', '2001:db8::1', 8000],
  ['[::1]:80', '::1', 80],
  ['[fe80::1%eth0]:7000', 'fe80::1%eth0', 7000],
  ['FE80::1%Eth0', 'fe80::1%Eth0', 8000],
  ['https://tracker.example', 'tracker.example', 443],
  ['HTTPS://Tracker.Example./', 'tracker.example', 443],
  ['https://tracker.example:8000/v1', 'tracker.example', 8000],
  ['wss://[2001:db8::1]:8000/v1/', '2001:db8::1', 8000],
  ['https://[fe80::1%25eth0]:7000', 'fe80::1%eth0', 7000],
  ['tracker.exämple', 'tracker.xn--exmple-cua', 8000],
  ['my_host:1', 'my_host', 1],
];

for (const [text, host, port] of read) {
  t.test(`"${text}" is ${host} at ${port}`, (t) => {
    t.same(parseTracker(text), { host, port });
    t.end();
  });
}

t.test('what is none', (t) => {
  for (const text of [
    ...['', '.', ':80', 'a:b', 'a:65536', '[x]:1', '[]', 'a b:1', '::1:80:'],
    ...['http://a', 'ftp://a', 'https://', 'https://a/b', 'https://a?x', 'https://me@a', 'me@a:1'],
    ...['[fe80::1%eth0', '192.0.2.7:', 'a%eth0', 'a/b:1'],
    ...['a'.repeat(254), `${'ä'.repeat(254)}:1`, `fe80::1%${'x'.repeat(300)}`],
  ]) {
    t.throws(() => parseTracker(text), UsageError, text);
  }
  t.end();
});

t.test('a host that stands alone', (t) => {
  t.equal(trackerHost('[::1]'), '::1');
  t.equal(trackerHost('LOCALHOST.'), 'localhost');
  t.throws(() => trackerHost('a b'), UsageError);
  t.end();
});
