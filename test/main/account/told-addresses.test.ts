/** Which addresses of a tracker a client takes on from it. */
import t from 'tap';
import { believableAddresses } from '../../../src/main/account/told-addresses.js';
import { MAX_TRACKER_ADDRESSES } from '../../../src/net/limits.js';
import { isTrackerHost } from '../../../src/net/tracker-host.js';

t.test('a tracker elsewhere has no address on this machine, nor one of nobody', (t) => {
  const cases: [host: string, reachedAt: string | undefined, isBelieved: boolean][] = [
    ['tracker.example', '8.8.8.8', true],
    ['8.8.4.4', '8.8.8.8', true],
    ['10.0.0.7', '8.8.8.8', true],
    ['127.0.0.2', '8.8.8.8', false],
    ['127.0.0.2', undefined, false],
    ['127.0.0.2', '127.0.0.1', true],
    ['::1', '127.0.0.1', true],
    ['::1', '2001:4860::1', false],
    ['0.0.0.0', '127.0.0.1', false],
    ['169.254.1.1', '169.254.1.2', false],
    ['224.0.0.1', '8.8.8.8', false],
  ];
  for (const [host, reachedAt, isBelieved] of cases) {
    const told = [{ host, port: 8000 }];
    t.same(believableAddresses(told, reachedAt), isBelieved ? told : [], `${host} at ${reachedAt}`);
  }
  const many = Array.from({ length: 20 }, (_, n) => ({ host: `t${n}.example`, port: 1 }));
  t.equal(believableAddresses(many, '8.8.8.8').length, MAX_TRACKER_ADDRESSES);
  t.end();
});

t.test(
  'a host of a tracker is an address or a name, and nothing that a line could be made of',
  (t) => {
    for (const host of [
      'a',
      'tracker.example',
      'xn--bcher-kva.example',
      '192.0.2.1',
      '2001:db8::1',
    ]) {
      t.ok(isTrackerHost(host), host);
    }
    const wrong = [
      '',
      '.',
      'a..b',
      'a b',
      'a/b',
      'a\n',
      'ü.example',
      'fe80::1%eth0',
      'a:1',
      '\u001b[2J',
    ];
    for (const host of [...wrong, 'a'.repeat(254)])
      t.notOk(isTrackerHost(host), JSON.stringify(host));
    t.end();
  },
);
