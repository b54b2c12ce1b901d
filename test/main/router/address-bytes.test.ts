import t from 'tap';
import { bytesOfHost, hostOfBytes } from '../../../src/main/router/address-bytes.js';

const hosts = [
  ['192.0.2.1', '00000000000000000000ffffc0000201'],
  ['0.0.0.0', '00000000000000000000ffff00000000'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::5', '20010db8000000000000000000000005'],
  ['fe80::a:b:c:d', 'fe80000000000000000a000b000c000d'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
] as const;

t.test('addresses are the bytes that protocols want, and back', (t) => {
  for (const [host, hex] of hosts) {
    t.equal(bytesOfHost(host).toString('hex'), hex, host);
    t.equal(hostOfBytes(Buffer.from(hex, 'hex')), host);
  }
  t.equal(bytesOfHost('2001:DB8:0:0:0:0:0:5').toString('hex'), hosts[4][1]);
  t.equal(bytesOfHost('::ffff:192.0.2.1').toString('hex'), hosts[0][1]);
  t.equal(bytesOfHost('::192.0.2.1').toString('hex'), '000000000000000000000000c0000201');
  t.throws(() => bytesOfHost('fe80::1%eth0'));
  t.throws(() => bytesOfHost('a name'));
  t.end();
});
