/** The sockets of the own network, on the loopback interface. */
import t from 'tap';
import { LanSockets } from '../../../src/main/lan/lan-sockets.js';

t.test('an interface with several addresses is joined once, and each of them asks', async (t) => {
  const letters = ['127.0.0.1', '127.0.0.2'].map((host) => `from ${host} of ${process.pid}`);
  const heard = new Set<string>();
  // The sockets keep no process alive.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  let onAllHeard = (): void => undefined;
  const allHeard = new Promise<void>((resolve) => (onAllHeard = resolve));
  const sockets = new LanSockets({
    onAsked: (bytes) => {
      heard.add(bytes.toString());
      if (letters.every((letter) => heard.has(letter))) onAllHeard();
    },
    onAnswer: () => undefined,
    onReady: () => {
      if (sockets.readyHosts.length < letters.length) return;
      const left = [...letters];
      sockets.ask(() => Buffer.from(left.shift()!));
    },
  });
  t.teardown(() => sockets.close());
  sockets.open([
    { family: 4, host: '127.0.0.1', interfaceName: 'lo' },
    { family: 4, host: '127.0.0.2', interfaceName: 'lo' },
  ]);
  await allHeard;
  t.same(sockets.faults, [], 'nothing was refused');
});
