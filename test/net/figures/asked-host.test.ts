import t from 'tap';
import { isThisMachine } from '../../../src/net/figures/asked-host.js';

t.test('only names and addresses of this machine alone are it', (t) => {
  for (const host of [
    'localhost',
    'localhost:9465',
    '127.0.0.1',
    '127.3.2.1:80',
    '[::1]',
    '[::1]:9465',
  ])
    t.ok(isThisMachine(host), host);
  for (const host of [
    ...['evil.example', 'evil.example:9465', 'localhost.evil.example', '127.0.0.1.evil.example'],
    ...['192.168.1.5', '0.0.0.0', '[::]', '8.8.8.8:80', '', ':80', 'localhost:x', '::1 '],
  ])
    t.notOk(isThisMachine(host), host);
  t.notOk(isThisMachine(undefined));
  t.end();
});
