/** The options that every command has: nothing is asked, everything is answered with yes, and an end to waiting. */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import { NOTHING_SAID, startTracker } from './p2p-process.js';

const lines = new LineRunner(t);

t.test('whoever forbids questions is told what would be asked', async (t) => {
  const folder = testFolder(t, { ann: {}, tracker: {} });
  const home = join(folder, 'ann');
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}` };
  const ann = (...args: string[]) =>
    lines.run({ home, args, env: { ...env, P2P_PASSWORD: 'a password' } });
  t.match(await ann('create-user', 'ann', '--no-input'), { status: 0 });
  t.match(await lines.run({ home, args: ['login', 'ann', '--no-input'], env }), {
    status: 2,
    stderr: /^error: --no-input is no way to ask for the password of ann; use --password-stdin, /,
  });
  t.match(await ann('login', 'ann', '-y'), { status: 0 });
  t.match(await ann('create-group', 'g'), { status: 0 });
  t.match(await ann('leave', 'g', '--no-input'), {
    status: 2,
    stderr:
      /^error: nobody else is in g: .* Leave it\? Nothing is asked with --no-input; --yes says/,
  });
  t.match(await ann('members', 'g', '--timeout', '5m'), { status: 0, stdout: 'ann' });
  t.match(await ann('members', 'g', '--timeout', '30d'), {
    status: 0,
    stdout: 'ann',
    stderr: NOTHING_SAID,
  });
  t.match(await ann('leave', 'g', '--no-input', '--yes'), { status: 0, stdout: /^left g/ });
});

t.test('a command gives up after the time that it is given', async (t) => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const home = testFolder(t, {});
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a password' };
  const run = (...args: string[]) => lines.run({ home, args, env });
  const late = await run('create-user', 'ann', '--timeout', '100ms', '--json');
  t.match(late, {
    status: 8,
    stderr: 'error: not done within 100ms; give it longer with --timeout',
  });
  t.match(JSON.parse(late.stdout), { error: { code: 'TIMEOUT', status: 8 } });
  t.match(await run('groups', '--timeout', 'soon'), { status: 2 });
  t.match(await run('serve', '--timeout', '1s'), { status: 2, stderr: /unknown option --timeout/ });
});
