import t from 'tap';
import { sumOf, Traffic, trafficClassOf } from '../../src/net/traffic.js';

const networks = [
  { cidr: '192.168.1.5/24', isInternal: false },
  { cidr: '127.0.0.1/8', isInternal: true },
];

t.test('what stays in the own networks is told from what leaves them, and from relays', (t) => {
  const rows: [string, 'called' | 'relayed' | undefined, string][] = [
    ['192.168.1.9', undefined, 'lan'],
    ['192.168.1.9', 'called', 'lan'],
    ['::ffff:192.168.1.9', undefined, 'lan'],
    ['127.0.0.1', undefined, 'lan'],
    ['::1', undefined, 'lan'],
    ['fe80::1%eth0', undefined, 'lan'],
    ['192.168.2.9', undefined, 'wan'],
    ['8.8.8.8', undefined, 'wan'],
    ['8.8.8.8', 'called', 'wan'],
    ['192.168.1.9', 'relayed', 'relay'],
    ['a name', undefined, 'wan'],
  ];
  for (const [host, way, kind] of rows) t.equal(trafficClassOf(host, way, networks), kind, host);
  t.end();
});

t.test('bytes are counted by class, and all together', (t) => {
  const [one, other] = [new Traffic(), new Traffic()];
  one.add('lan', 5);
  one.add('lan', 2);
  one.add('relay', 1);
  other.add('wan', 3);
  t.equal(one.total, 8);
  t.same(one.bytes, { lan: 7, wan: 0, relay: 1 });
  t.same(sumOf(one.bytes, other.bytes), { lan: 7, wan: 3, relay: 1 });
  t.same(sumOf(), { lan: 0, wan: 0, relay: 0 });
  t.end();
});
