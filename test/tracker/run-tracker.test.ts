import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { Authority } from '../fixtures/authority.js';
import { deviceIdOfCredentials } from '../../src/net/device-identity.js';
import { runTracker, type RunTrackerOptions } from '../../src/tracker/run-tracker.js';
import { testFolder } from '../fixtures/test-folder.js';

/** Starts the command with streams of our own; `ready` is the line it prints. */
async function start(
  t: Test,
  logFormat: 'text' | 'json' = 'json',
  more: Partial<RunTrackerOptions> = {},
) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const status = runTracker(
    {
      host: '127.0.0.1',
      port: 0,
      dataDir: more.dataDir ?? testFolder(t),
      peerTransport: 'tls',
      logFormat,
      ...more,
    },
    io,
  );
  const [ready] = (await once(io.stdout, 'data')) as [Buffer];
  const started = String(io.stderr.read());
  return { io, status, ready: ready.toString(), started };
}

void t.test('it says where it listens and closes on quit', async (t) => {
  const { io, status, ready, started } = await start(t);
  t.match(JSON.parse(started), { event: 'started', version: /^\d/, schema: Number });
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

/** The certificate that a tracker shows to whoever comes now. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerX509Certificate()!.toString();
  socket.destroy();
  return shown;
}

void t.test(
  'SIGHUP has it read its certificate again, and a wrong one changes nothing',
  async (t) => {
    const before = process.listenerCount('SIGHUP');
    const authority = new Authority();
    const folder = testFolder(t, {});
    const [tlsCertPath, tlsKeyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const put = ({ certPem, keyPem }: ReturnType<Authority['issue']>): void => {
      writeFileSync(tlsCertPath, certPem);
      writeFileSync(tlsKeyPath, keyPem);
    };
    const [first, second] = [authority.issue('localhost'), authority.issue('localhost')];
    put(first);
    const dataDir = join(folder, 'data');
    const { io, status, ready } = await start(t, 'json', { dataDir, tlsCertPath, tlsKeyPath });
    const { address } = JSON.parse(ready) as { address: string };
    const port = Number(address.split(':')[1]);
    const log = createInterface({ input: io.stderr })[Symbol.asyncIterator]();
    const logged = async (): Promise<unknown> => {
      process.emit('SIGHUP', 'SIGHUP');
      return JSON.parse((await log.next()).value as string) as unknown;
    };
    t.equal(await shownAt(port), first.certPem);
    put(second);
    const identity = deviceIdOfCredentials(second);
    t.match(await logged(), { event: 'the certificate was read again', identity });
    t.equal(await shownAt(port), second.certPem);
    put({ certPem: first.certPem, keyPem: second.keyPem });
    const stays = {
      level: 'warn',
      event: 'the certificate of before stays',
      reason: /does not belong/,
    };
    t.match(await logged(), stays);
    t.equal(await shownAt(port), second.certPem);
    const half = first.certPem.slice(0, first.certPem.length / 2);
    put({ certPem: `${first.certPem}${half}`, keyPem: first.keyPem });
    t.match(await logged(), { ...stays, reason: /^TLS does not take the certificate .*cert\.pem/ });
    t.equal(await shownAt(port), second.certPem);
    put(authority.issue('localhost'));
    t.match(await logged(), { event: 'the certificate was read again' });
    io.stdin.write('quit\n');
    t.equal(await status, 0);
    t.equal(process.listenerCount('SIGHUP'), before, 'its handler is gone');
  },
);

void t.test('where there is nothing to read again SIGHUP says so', async (t) => {
  const { io, status } = await start(t, 'text');
  const log = createInterface({ input: io.stderr })[Symbol.asyncIterator]();
  process.emit('SIGHUP', 'SIGHUP');
  t.match((await log.next()).value, 'there is nothing to read again but a --tls-cert');
  io.stdin.write('quit\n');
  t.equal(await status, 0);
});
