import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { runTracker } from '../../src/tracker/run-tracker.js';

/** Starts the command with streams of our own; `ready` is the line it prints. */
async function start(t: Test) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const status = runTracker(
    { host: '127.0.0.1', port: 0, dataDir: t.testdir(), peerTransport: 'tls', logFormat: 'json' },
    io,
  );
  const [ready] = (await once(io.stdout, 'data')) as [Buffer];
  return { io, status, ready: ready.toString() };
}

void t.test('it says where it listens and closes on quit', async (t) => {
  const { io, status, ready } = await start(t);
  t.match(ready, /^tracker listening on 127\.0\.0\.1:\d+, identity [0-9a-f]{64}\n$/);
  io.stdin.write('something else\nquit\n');
  t.equal(await status, 0);
  const log = JSON.parse((io.stderr.read() as Buffer).toString()) as object;
  t.match(log, { level: 'info', event: 'closing', reason: 'quit' });
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  void t.test(`a closed input does not stop it, ${signal} does`, async (t) => {
    const before = process.listenerCount(signal);
    const { io, status } = await start(t);
    io.stdin.end();
    await once(io.stdin, 'close');
    process.emit(signal, signal);
    t.equal(await status, 0);
    t.equal(process.listenerCount(signal), before, 'its handler is gone');
  });
}
