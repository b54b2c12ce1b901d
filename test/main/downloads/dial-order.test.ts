/** In which order the addresses of a peer are tried. */
import t from 'tap';
import { inDialOrder } from '../../../src/main/downloads/dial-order.js';

const own = (...hosts: string[]) =>
  hosts.map((host) => ({ host, interfaceName: 'eth0', isInternal: false }));
const order = (hosts: string[], mine: string[], answered: string[] = []): string[] =>
  inDialOrder(
    hosts.map((host) => ({ host, port: 1 })),
    { hasAnswered: ({ host }) => answered.includes(host), own: own(...mine) },
  ).map(({ host }) => host);

t.test('where it answered, then what is near, then the rest as it was told', (t) => {
  const hosts = ['203.0.113.1', '203.0.113.2', '192.168.1.9', '198.51.100.1'];
  const sorted = ['198.51.100.1', '192.168.1.9', '203.0.113.1', '203.0.113.2'];
  t.same(order(hosts, ['192.168.1.5'], ['198.51.100.1']), sorted);
  t.end();
});

t.test('families take turns, IPv6 first where this machine has it', (t) => {
  const hosts = ['203.0.113.1', '203.0.113.2', '2001:db8::1', '2001:db8::2'];
  const six = ['2001:db8::1', '203.0.113.1', '2001:db8::2', '203.0.113.2'];
  const four = ['203.0.113.1', '2001:db8::1', '203.0.113.2', '2001:db8::2'];
  t.same(order(hosts, ['10.0.0.1', '2001:db8:9::1']), six);
  t.same(order(hosts, ['10.0.0.1', 'fe80::1']), four);
  t.same(order(hosts, []), four);
  t.end();
});
