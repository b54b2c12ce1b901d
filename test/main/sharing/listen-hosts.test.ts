/** Where to listen while addresses come and go. */
import t from 'tap';
import { ListenHosts } from '../../../src/main/sharing/listen-hosts.js';

const on = (interfaceName: string, ...hosts: string[]) =>
  hosts.map((host) => ({ host, interfaceName, isInternal: false }));

t.test('names and every address stay what they are', (t) => {
  t.same(new ListenHosts(['::', 'pc']).at([]), ['::', 'pc']);
  t.end();
});

t.test('a literal means its interface, in its family, without what is on the link alone', (t) => {
  const hosts = new ListenHosts(['192.0.2.1', '2001:db8::1']);
  const eth0 = on('eth0', '192.0.2.1', '2001:db8::1');
  t.same(hosts.at(eth0), ['192.0.2.1', '2001:db8::1']);
  const moved = [...on('eth0', '192.0.2.9', 'fe80::1', '169.254.1.1'), ...on('eth1', '10.0.0.1')];
  t.same(hosts.at(moved), ['192.0.2.9', '2001:db8::1'], 'what has no successor stays');
  t.same(hosts.at([]), ['192.0.2.1', '2001:db8::1']);
  t.same(hosts.at(eth0), ['192.0.2.1', '2001:db8::1'], 'and comes back');
  t.end();
});

t.test('what was never there is followed nowhere', (t) => {
  t.same(new ListenHosts(['192.0.2.1']).at(on('eth0', '10.0.0.1')), ['192.0.2.1']);
  t.end();
});
