import t from 'tap';
import { defaultRoutesIn } from '../../../src/main/router/gateways.js';

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
