/** The addresses that a client offers. */
import t from 'tap';
import { MAX_ADDRESSES_PER_DEVICE } from '../../../src/net/limits.js';
import { ownCandidates } from '../../../src/main/sharing/own-candidates.js';

const own = (interfaceName: string, ...hosts: string[]) =>
  hosts.map((host) => ({ host, interfaceName, isInternal: interfaceName === 'lo' }));

const interfaces = [
  ...own('lo', '127.0.0.1', '::1'),
  ...own('docker0', '172.17.0.1'),
  ...own('eth0', '192.168.1.5', '10.9.9.9', 'fe80::5', '2001:db8::5'),
];
const hosts = (listening: string[], announced: string[] = []) =>
  ownCandidates({
    announced: announced.map((host) => ({ host, port: 80 })),
    listening: listening.map((host) => ({ host, port: 7 })),
    own: interfaces,
  }).map(({ host, port }) => (port === 7 ? host : `${host}:${port}`));

t.test('every address: what is said, where it is seen, then its interfaces', (t) => {
  t.same(hosts(['::'], ['203.0.113.1']), [
    '203.0.113.1:80',
    '::',
    '2001:db8::5',
    '192.168.1.5',
    '10.9.9.9',
    '172.17.0.1',
  ]);
  t.same(hosts(['0.0.0.0']), ['0.0.0.0', '192.168.1.5', '10.9.9.9', '172.17.0.1']);
  t.end();
});

t.test('what it listens on alone, when the user named that', (t) => {
  t.same(hosts(['192.168.1.5']), ['192.168.1.5']);
  t.same(hosts(['fe80::5%eth0', '::ffff:10.9.9.9']), ['fe80::5', '10.9.9.9']);
  t.same(hosts(['127.0.0.1']), ['127.0.0.1']);
  t.end();
});

t.test('no more than a device may have', (t) => {
  const many = Array.from({ length: 40 }, (_, n) => own('eth0', `10.0.0.${n}`)).flat();
  const listening = [{ host: '::', port: 7 }];
  const found = ownCandidates({ announced: [], listening, own: many });
  t.equal(found.length, MAX_ADDRESSES_PER_DEVICE);
  t.end();
});
