import t from 'tap';
import {
  runSystemdNotify,
  systemdSupervisor,
} from '../../../src/main/background/systemd-supervisor.js';

const ready = { line: 'serving 2 files', value: {} };

t.test('only who is waited for says anything', (t) => {
  t.equal(
    systemdSupervisor({}, 1, () => t.fail('nobody waits')),
    undefined,
  );
  const told: (readonly string[])[] = [];
  const supervisor = systemdSupervisor({ NOTIFY_SOCKET: '/run/n' }, 1, (words) =>
    told.push(words),
  )!;
  supervisor.waiting('no tracker');
  supervisor.ready(ready);
  t.same(told, [
    ['--ready', '--status=no tracker'],
    ['--ready', '--status=serving 2 files'],
  ]);
  t.equal(supervisor.isInBackground, false, 'down does not end what systemd runs');
  t.end();
});

t.test(
  'the watchdog hears from it again and again, unless it watches another process',
  async (t) => {
    const env = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '2000', WATCHDOG_PID: '7' };
    const other = systemdSupervisor(env, 8, (words) => t.not(words[0], 'WATCHDOG=1'))!;
    other.ready(ready);
    await new Promise<void>((resolve) => {
      let beats = 0;
      const supervisor = systemdSupervisor(env, 7, ([word]) => {
        if (word === 'WATCHDOG=1' && ++beats === 3) resolve();
      })!;
      supervisor.waiting('no tracker');
      supervisor.ready(ready);
      // Its timer keeps no process.
      const held = setInterval(() => undefined, 1_000);
      t.teardown(() => clearInterval(held));
    });
  },
);

t.test('a machine without memory for another process costs a beat and not the service', (t) => {
  const started: string[] = [];
  const start = (program: string): never => {
    started.push(program);
    throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
  };
  t.doesNotThrow(() => runSystemdNotify(['WATCHDOG=1'], start));
  t.same(started, ['systemd-notify']);
  t.end();
});
