/** Noticing that this machine has other addresses. */
import t from 'tap';
import { NetworkWatch } from '../../../src/main/engine/network-watch.js';

t.test('a change is told once, an order is none', (t) => {
  const at = (host: string) => ({ host, interfaceName: 'eth0', isInternal: false });
  let own = [at('10.0.0.1'), at('10.0.0.2')];
  let changes = 0;
  const watch = new NetworkWatch({ own: () => own, onChanged: () => changes++ });
  watch.start();
  watch.start();
  own = [...own].reverse();
  watch.look();
  t.equal(changes, 0);
  own = [at('10.0.0.3')];
  watch.look();
  watch.look();
  t.equal(changes, 1);
  watch.stop();
  watch.stop();
  t.end();
});
