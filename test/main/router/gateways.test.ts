import t from 'tap';
import { defaultRoutesIn, defaultSixRoutesIn } from '../../../src/main/router/gateways.js';

t.test('default routes are read, whatever else stands there', (t) => {
  const table = [
    'Iface\tDestination\tGateway \tFlags',
    'eth0\t00000000\t0101A8C0\t0003',
    'eth0\t0001A8C0\t00000000\t0001',
    'ppp0\t00000000\t00000000\t0001',
    'wlan0\t00000000\t0100000A\t0003',
    'odd',
    'bad\t00000000\tnothing',
    '',
  ].join('\n');
  const expected = [
    { interfaceName: 'eth0', host: '192.168.1.1' },
    { interfaceName: 'wlan0', host: '10.0.0.1' },
  ];
  t.same(defaultRoutesIn(table), expected);
  t.same(defaultRoutesIn(''), []);
  t.end();
});

t.test('default routes of IPv6 are read, each once, and none that leads nowhere', (t) => {
  const row = (to: string, bits: string, over: string, flags: string, name = 'eth0'): string =>
    [to, bits, '0'.repeat(32), '00', over, '00000400', '00000002', '00000000', flags, name].join(
      ' ',
    );
  const any = '0'.repeat(32);
  const local = 'fe800000000000000000000000000001';
  const table = [
    row('fd000000000000000000000000000000', '40', any, '00000001'),
    row(any, '00', local, '00450003', 'wlan0'),
    row(any, '00', local, '00450003', 'wlan0'),
    row(any, '00', '20010db8000000000000000000000001', '00000003'),
    row(any, '00', any, '00200200', 'lo'),
    row(any, '00', local, '00000203', 'dead0'),
    'odd',
    '',
  ].join('\n');
  t.same(defaultSixRoutesIn(table), [
    { interfaceName: 'wlan0', host: 'fe80::1' },
    { interfaceName: 'eth0', host: '2001:db8::1' },
  ]);
  t.same(defaultSixRoutesIn(''), []);
  t.end();
});
