import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import { runTracker } from '../../src/tracker/run-tracker.js';

/** Starts the command with streams of our own; `ready` is the line it prints. */
async function start(t: Test, logFormat: 'text' | 'json' = 'json') {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const status = runTracker(
    { host: '127.0.0.1', port: 0, dataDir: t.testdir(), peerTransport: 'tls', logFormat },
    io,
  );
  const [ready] = (await once(io.stdout, 'data')) as [Buffer];
  return { io, status, ready: ready.toString() };
}

void t.test('it says where it listens and closes on quit', async (t) => {
  const { io, status, ready } = await start(t);
  t.match(JSON.parse(ready), {
    level: 'info',
    event: 'listening',
    address: /^127\.0\.0\.1:\d+$/,
    identity: /^[0-9a-f]{64}$/,
  });
  io.stdin.write('quit\n');
  t.equal(await status, 0);
  const log = JSON.parse((io.stderr.read() as Buffer).toString()) as object;
  t.match(log, { level: 'info', event: 'closing', reason: 'quit' });
});

void t.test('text is for people, who are told what can be typed', async (t) => {
  const { io, status, ready } = await start(t, 'text');
  t.match(ready, /^tracker listening on 127\.0\.0\.1:\d+, identity [0-9a-f]{64}\n$/);
  let said = '';
  io.stdout.on('data', (data: Buffer) => (said += data.toString()));
  io.stdin.write('help\n\n  \nquit\n');
  t.equal(await status, 0);
  t.equal(said, 'unknown word; "quit" stops the tracker\n');
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
