/** A password reaches only the tracker that was met first, however a later one is vouched for. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { DeviceCredentials } from '../../src/net/device-identity.js';
import { Authority } from '../fixtures/authority.js';
import { PASSWORD } from '../fixtures/swarm-names.js';
import { LineRunner } from './line-runner.js';
import { P2pProcess } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const authority = new Authority();
const lastYear = new Date(Date.now() - 365 * 86_400_000);

/** What a tracker shows: a certificate, or without one the key of a data folder of its own. */
const shows: Readonly<Record<string, DeviceCredentials | undefined>> = {
  'a key of its own': undefined,
  'a certificate': authority.issue('localhost'),
  'a renewed certificate': authority.issue('localhost'),
  'an expired certificate': authority.issue('localhost', lastYear),
  'a certificate for another name': authority.issue('tracker.example'),
};

interface Scene {
  readonly first: string;
  readonly then: string;
  readonly isLetIn: boolean;
  readonly says?: RegExp;
  /** The machine does not trust the authority. */
  readonly isDistrusting?: boolean;
}

const machine = testFolder(t, { 'ca.pem': authority.certPem });
/** Commands on a machine that trusts the authority, which Node reads when it starts, and on one that does not. */
const trusting = new LineRunner(t, { NODE_EXTRA_CA_CERTS: join(machine, 'ca.pem') });
const distrusting = new LineRunner(t);

const scenes: readonly Scene[] = [
  { first: 'a certificate', then: 'a renewed certificate', isLetIn: true },
  {
    first: 'a certificate',
    then: 'a key of its own',
    isLetIn: false,
    says: /no authority vouches any more .*remove line 1 of/,
  },
  {
    first: 'a certificate',
    then: 'an expired certificate',
    isLetIn: false,
    says: /CERT_HAS_EXPIRED/,
  },
  {
    first: 'a certificate',
    then: 'a certificate for another name',
    isLetIn: false,
    says: /ERR_TLS_CERT_ALTNAME_INVALID/,
  },
  { first: 'a key of its own', then: 'a certificate', isLetIn: false, says: /another key/ },
  { first: 'a certificate for another name', then: 'a certificate', isLetIn: false },
  { first: 'a certificate', then: 'a renewed certificate', isLetIn: false, isDistrusting: true },
];

for (const { first, then, isLetIn, says, isDistrusting } of scenes) {
  const where = isDistrusting === true ? ', where the authority is not trusted' : '';
  const verdict = isLetIn ? 'is let in' : 'gets no password';
  t.test(`after ${first}, ${then} ${verdict}${where}`, async (t) => {
    const folder = testFolder(t, { home: {} });
    const home = join(folder, 'home');
    const env = { P2P_PASSWORD: PASSWORD };
    const port = await freePort();
    const lines = isDistrusting === true ? distrusting : trusting;
    const p2p = (...args: string[]) => lines.run({ home, args, env });
    const address = `localhost:${port}`;
    await whileTracker(t, folder, port, first, async () => {
      const created = await p2p('create-user', 'ann', '--tracker', address);
      t.equal(created.status, 0, created.stderr);
      t.match(created.stderr, `first contact with the tracker at ${address}, SHA256:`);
      t.equal((await p2p('login', 'ann', '--tracker', address)).status, 0);
    });
    const notes = readFileSync(join(home, 'known_trackers'), 'utf8');
    await whileTracker(t, folder, port, then, async () => {
      const login = await p2p('login', 'ann', '--tracker', address);
      t.equal(login.status, isLetIn ? 0 : 3, login.stderr);
      if (!isLetIn) t.match(login.stderr, says ?? /someone may be listening in between/);
      t.notMatch(login.stderr, /first contact/);
    });
    t.equal(readFileSync(join(home, 'known_trackers'), 'utf8'), notes, 'nothing new is noted');
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a tracker at a port for as long as `work` lasts; all share their accounts. */
async function whileTracker(
  t: Test,
  folder: string,
  port: number,
  shown: string,
  work: () => Promise<void>,
): Promise<void> {
  const certificate = shows[shown];
  const [cert, key] = [join(folder, 'tracker.crt'), join(folder, 'tracker.key')];
  if (certificate) writeFileSync(cert, certificate.certPem);
  if (certificate) writeFileSync(key, certificate.keyPem);
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const tls = certificate ? ['--tls-cert', cert, '--tls-key', key] : [];
  const args = ['tracker', '127.0.0.1', String(port), '--data', data, ...tls];
  const tracker = new P2pProcess(t, { home: folder, args });
  await tracker.printed(/^tracker listening on /);
  await work();
  await tracker.kill('SIGTERM');
}
