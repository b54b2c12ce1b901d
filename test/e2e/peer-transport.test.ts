/** Whoever insists on TLS between peers meets none without it, however the command is given. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { PASSWORD } from '../fixtures/swarm-names.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

const INSISTING = ['--peer-transport', 'tls'];
const REFUSAL = /^error: the peers of this tracker talk without encryption/;

t.test('a tracker whose peers talk in the clear is refused, with one line', async (t) => {
  const { p2p, home, address, file } = await scene(t, 'tcp');
  const out = join(home, 'out');
  mkdirSync(out);
  const download = ['download', 'g', 'film', out];
  const cases: readonly (readonly [string, readonly string[], Record<string, string>])[] = [
    ['download', [...download, ...INSISTING], {}],
    ['download by the environment', download, { P2P_PEER_TRANSPORT: 'tls' }],
    ['download --all', ['download', 'g', '--all', out, ...INSISTING], {}],
    ['serve', ['serve', '--host', '127.0.0.1', ...INSISTING], {}],
    ['serve by the environment', ['serve', '--host', '127.0.0.1'], { P2P_PEER_TRANSPORT: 'tls' }],
  ];
  for (const [what, args, env] of cases) {
    const ended = await p2p(args, env);
    t.equal(ended.status, 3, what);
    t.match(ended.stderr, REFUSAL, what);
    t.equal(ended.stderr.split('\n').length, 1, what);
    t.equal(ended.stdout, '', what);
  }
  t.same(readdirSync(out), []);

  const port = address.slice(address.lastIndexOf(':') + 1);
  const args = ['client', '127.0.0.1', '0', '127.0.0.1', port, ...INSISTING];
  const client = new P2pProcess(t, { home: join(home, 'other'), args });
  t.match((await client.ask(`login ann "${PASSWORD}"`)).join('\n'), REFUSAL);
  t.match((await client.ask('whoami')).join('\n'), /nobody is logged in/);
  await client.endInput();

  const serving = new P2pProcess(t, { home, args: ['serve', '--host', '127.0.0.1'] });
  await serving.printed(/^serving .*not encrypted/);
  const attached = await p2p([...download, ...INSISTING]);
  t.equal(attached.status, 3);
  t.match(attached.stderr, /the client that runs for this home accepts peers that do not encrypt/);
  t.match((await p2p(['status'])).stdout, /^peer transport: tcp$/m);
  t.equal((await p2p(['upload', file, 'g'])).status, 0, 'who does not insist is served');
});

t.test('where peers encrypt, whoever insists on it is served as ever', async (t) => {
  const { p2p, home } = await scene(t, 'tls');
  const serving = new P2pProcess(t, { home, args: ['serve', '--host', '127.0.0.1', ...INSISTING] });
  await serving.printed(/^serving .*TLS/);
  t.match((await p2p(['status'])).stdout, /^peer transport: tls \(nothing but TLS is accepted\)$/m);
  const wrong = await p2p(['download', 'g', 'film', home, '--peer-transport', 'tcp']);
  t.equal(wrong.status, 2);
  t.match(wrong.stderr, /write tls, or leave it out/);
});

/** A tracker, and somebody who is logged in there and owns a group. */
async function scene(t: Test, transport: PeerTransport) {
  const home = testFolder(t, { other: {} });
  const file = join(home, 'film');
  writeFileSync(file, 'a film');
  const env = { P2P_PASSWORD: PASSWORD };
  const p2p = (args: readonly string[], more: Record<string, string> = {}) =>
    lines.run({ home, args, env: { ...env, ...more } });
  const data = ['--data', join(home, 'data'), '--peer-transport', transport];
  const tracker = new P2pProcess(t, { home, args: ['tracker', '127.0.0.1', '0', ...data] });
  const line = await tracker.printed(/^tracker listening on /);
  const address = /127\.0\.0\.1:\d+/.exec(line)![0];
  for (const verb of ['create-user', 'login']) {
    t.equal((await p2p([verb, 'ann', '--tracker', address])).status, 0);
  }
  t.equal((await p2p(['create-group', 'g'])).status, 0);
  return { p2p, home, address, file };
}
