import t from 'tap';
import { isNearSource, lanInterfaces } from '../../../src/main/lan/lan-interfaces.js';
import { MAX_LAN_INTERFACES } from '../../../src/net/limits.js';
import type { OwnAddress } from '../../../src/net/own-addresses.js';

const at = (host: string, interfaceName = 'eth0'): OwnAddress => {
  return { host, interfaceName, isInternal: interfaceName === 'lo' };
};
const own = [
  at('127.0.0.1', 'lo'),
  at('::1', 'lo'),
  at('192.168.1.5'),
  at('fe80::5'),
  at('2001:db8::5'),
  at('10.0.0.5', 'wlan0'),
];

t.test('where it is asked follows from where it serves', (t) => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ['nowhere: a mere downloader', [], ['192.168.1.5', 'fe80::5', '10.0.0.5']],
    ['everywhere', ['::'], ['192.168.1.5', 'fe80::5', '10.0.0.5']],
    ['every IPv4 address', ['0.0.0.0'], ['192.168.1.5', '10.0.0.5']],
    ['one address', ['192.168.1.5'], ['192.168.1.5']],
    ['this machine alone', ['127.0.0.1'], ['127.0.0.1']],
    ['a link-local one', ['fe80::5%eth0'], ['fe80::5']],
    ['one that has gone', ['192.168.1.6'], []],
  ];
  for (const [title, hosts, expected] of cases) {
    const listening = hosts.map((host) => ({ host, port: 7 }));
    t.same(
      lanInterfaces(own, listening).map(({ host }) => host),
      expected,
      title,
    );
  }
  const many = Array.from({ length: 50 }, (_, index) => at(`10.0.0.${index}`, `veth${index}`));
  t.equal(lanInterfaces(many, []).length, MAX_LAN_INTERFACES);
  t.end();
});

t.test('letters come from the same network only', (t) => {
  const near = [
    '192.168.1.9',
    '10.9.9.9',
    '127.0.0.1',
    'fe80::1%eth0',
    '169.254.1.1',
    '2001:db8::9',
  ];
  const far = ['8.8.8.8', '2606:4700::1', '224.0.0.1', '', 'host'];
  for (const host of near) t.ok(isNearSource(host, own), host);
  for (const host of far) t.notOk(isNearSource(host, own), host || 'nothing');
  t.ok(isNearSource('8.8.8.8', [at('8.8.8.200')]), 'a network of public addresses');
  t.end();
});
