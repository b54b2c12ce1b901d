/** One connection of the fetching side, on a loopback socket whose far end says what a test says. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { deviceIdOfChallenge } from '../../../src/net/challenge.js';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
} from '../../../src/net/device-identity.js';
import { PeerError } from '../../../src/net/errors.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_REQUESTS_IN_FLIGHT,
  MIN_BLOCK_LENGTH,
  MAX_CONTROL_FRAMES_PER_SECOND,
  PEER_IDLE_TIMEOUT_MS,
  PEER_PING_INTERVAL_MS,
} from '../../../src/net/limits.js';
import type { PeerFrame } from '../../../src/net/peer-frames.js';
import { EARLY_LIMITS } from '../../../src/workers/fetching/peer-limits.js';
import { PeerLink, type PeerLinkOptions } from '../../../src/workers/fetching/peer-link.js';
import { MessageLog } from '../../fixtures/message-log.js';
import { ServingPeer, type ServingEnd } from './serving-peer.js';

const credentials = createDeviceCredentials();
const peerDeviceId = '5e'.repeat(32);
const NONCE = new Uint8Array(32).fill(7);
const challenge = { type: 'challenge', nonce: NONCE } as const;
const welcome = {
  type: 'welcome',
  version: 1,
  maxRequests: 64,
  maxBlockLength: MAX_BLOCK_LENGTH,
} as const;
const have = { type: 'have', fileRef: 0, pieceIndex: 1 } as const;

interface Scene {
  readonly link: PeerLink;
  readonly socket: Socket;
  readonly end: ServingEnd;
  /** What the owner heard. */
  readonly heard: MessageLog<PeerFrame | { readonly type: 'greeted' }>;
}

/** A link that has its socket; it waits for CHALLENGE, or has greeted under TLS. */
async function setUp(t: Test, options: Partial<PeerLinkOptions> = {}): Promise<Scene> {
  const peer = await ServingPeer.start();
  const heard: Scene['heard'] = new MessageLog();
  const link = new PeerLink(
    {
      transport: 'tcp',
      credentials,
      peerDeviceId,
      ticket: Buffer.from('ticket 1'),
      memory: Buffer.alloc(1_000),
      limiter: { isLimited: false, changes: 0, reserve: () => 0 },
      nowMs: () => 0,
      ...options,
    },
    {
      onGreeted: () => heard.add({ type: 'greeted' }),
      onFrame: (frame) => {
        if (frame.type === 'refused') throw new PeerError(frame.code, 'the owner minds');
        heard.add(frame);
      },
      onBlockBytes: () => {},
      place: () => undefined,
      onBlock: () => {},
    },
  );
  const accepted = peer.accept();
  const socket = connect({ ...peer.address, onread: link.onread });
  await once(socket, 'connect');
  link.start(socket);
  const end = await accepted;
  t.teardown(async () => {
    link.end();
    await peer.close();
  });
  return { link, socket, end, heard };
}

/** A scene in which the peer has said WELCOME. */
async function welcomed(t: Test, options: Partial<PeerLinkOptions> = {}): Promise<Scene> {
  const scene = await setUp(t, options);
  for (const frame of [challenge, welcome, have]) scene.end.send(frame);
  await scene.heard.nextOf('have');
  await scene.end.stream.nextOf('hello');
  return scene;
}

t.test('in the clear it proves its key, shows its ticket, and may then ask', async (t) => {
  const { link, end, heard } = await setUp(t);
  t.same(heard.take(), []);
  end.send(challenge);
  const hello = await end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'ticket 1');
  t.equal(
    deviceIdOfChallenge(NONCE, peerDeviceId, hello.publicKey, hello.signature),
    deviceIdOfCredentials(credentials),
  );
  t.same(heard.take(), [{ type: 'greeted' }]);
  t.same(link.limits, EARLY_LIMITS, 'of what every peer allows');
  end.send(welcome);
  end.send(have);
  t.same(await heard.next(), have, 'what is about the connection itself is not for the owner');
  t.ok(link.limits);
});

t.test('under TLS it has been proven, and greets at once', async (t) => {
  const { end, heard } = await setUp(t, { transport: 'tls' });
  t.same(heard.take(), [{ type: 'greeted' }]);
  const empty = Buffer.alloc(0);
  t.match(await end.stream.next(), { type: 'hello', publicKey: empty, signature: empty });
});

t.test('the ticket that HELLO carries is the newest, and none is shown twice', async (t) => {
  const { link, end } = await setUp(t);
  const show = (words: string): void => link.showTicket(Buffer.from(words));
  show('ticket 2');
  end.send(challenge);
  const hello = await end.stream.next();
  t.match(hello, { type: 'hello', ticket: Buffer.from('ticket 2') });
  for (const words of ['ticket 2', 'ticket 3', 'ticket 3', 'ticket 4']) show(words);
  t.match(await end.stream.next(), { type: 'ticket', ticket: Buffer.from('ticket 3') });
  t.match(await end.stream.next(), { type: 'ticket', ticket: Buffer.from('ticket 4') });
});

t.test('what the peer says out of turn, or as its last word, ends the link', async (t) => {
  const cases: [name: string, code: string, speech: PeerFrame[]][] = [
    ['welcomes whom it does not know', 'PROTOCOL_VIOLATION', [welcome]],
    ['speaks of a file before WELCOME', 'PROTOCOL_VIOLATION', [challenge, have]],
    [
      'refuses before WELCOME',
      'PROTOCOL_VIOLATION',
      [challenge, { type: 'refused', fileRef: 0, code: 'NOT_SHARED' }],
    ],
    ['challenges twice', 'PROTOCOL_VIOLATION', [challenge, challenge]],
    ['welcomes twice', 'PROTOCOL_VIOLATION', [challenge, welcome, welcome]],
    ['allows no request', 'PROTOCOL_VIOLATION', [challenge, { ...welcome, maxRequests: 0 }]],
    [
      'allows no block of a size',
      'PROTOCOL_VIOLATION',
      [challenge, { ...welcome, maxBlockLength: MIN_BLOCK_LENGTH - 1 }],
    ],
    ['speaks another version', 'UNSUPPORTED_VERSION', [challenge, { ...welcome, version: 2 }]],
    ['says why', 'REVOKED', [{ type: 'error', code: 'REVOKED', message: 'out' }]],
    [
      'says what the owner minds',
      'NOT_SHARED',
      [challenge, welcome, { type: 'refused', fileRef: 0, code: 'NOT_SHARED' }],
    ],
  ];
  for (const [name, code, speech] of cases) {
    const { link, socket, end } = await setUp(t);
    for (const frame of speech) end.send(frame);
    t.match(await link.ended, { code }, name);
    t.ok(socket.destroyed, name);
    t.equal(link.limits, undefined, name);
  }
});

t.test('what the peer allows counts, up to what we would do anyway', async (t) => {
  const cases = [
    [
      { maxRequests: 1, maxBlockLength: MIN_BLOCK_LENGTH },
      { maxRequests: 1, maxBlockLength: MIN_BLOCK_LENGTH },
    ],
    [
      { maxRequests: 0xffff, maxBlockLength: 0xffff_ffff },
      { maxRequests: MAX_REQUESTS_IN_FLIGHT, maxBlockLength: MAX_BLOCK_LENGTH },
    ],
  ] as const;
  for (const [said, counts] of cases) {
    const { link, end, heard } = await setUp(t);
    for (const frame of [challenge, { ...welcome, ...said }, have]) end.send(frame);
    await heard.nextOf('have');
    t.same(link.limits, counts);
  }
});

t.test('a connection under TLS is challenged by nobody', async (t) => {
  const { link, end } = await setUp(t, { transport: 'tls' });
  end.send(challenge);
  t.match(await link.ended, { code: 'PROTOCOL_VIOLATION' });
});

t.test('a peer that hangs up ends the link', async (t) => {
  const { link, end } = await welcomed(t);
  end.close();
  t.match(await link.ended, { code: 'CONNECTION_LOST' });
});

t.test('an owner ends it without a reason, once, and nothing is sent after that', async (t) => {
  const { link, socket, end, heard } = await welcomed(t);
  link.end();
  link.fail(new PeerError('BUSY', 'too late'));
  link.send({ type: 'ping' });
  link.showTicket(Buffer.from('ticket 9'));
  link.expect(1, 'nobody owes anything');
  t.equal(await link.ended, undefined);
  t.ok(socket.destroyed);
  t.same(await end.stream.next(), undefined);
  t.same(heard.take(), []);
});

t.test('a socket that comes after the end is not used', async (t) => {
  const peer = await ServingPeer.start();
  const { link } = await setUp(t, { transport: 'tls' });
  link.end();
  const accepted = peer.accept();
  const socket = connect({ ...peer.address, onread: link.onread });
  await once(socket, 'connect');
  link.start(socket);
  t.ok(socket.destroyed);
  t.same(await (await accepted).stream.untilEnd(), []);
  await peer.close();
});

t.test('a peer that does not deliver what it owes in time is complained about', async (t) => {
  const kept = await welcomed(t);
  kept.link.expect(1, 'never');
  kept.link.fulfil();
  const late = await welcomed(t);
  late.link.expect(60_000, 'replaced by the next');
  late.link.expect(1, 'the peer owes a file');
  t.match(await late.link.ended, { code: 'TIMEOUT', message: 'the peer owes a file' });
  t.ok(kept.link.limits);
});

t.test('our own mistakes end more than the link', async (t) => {
  const { link } = await welcomed(t);
  t.throws(() => link.fail(new TypeError('bug')), TypeError);
  t.ok(link.limits);
});

t.test('under a limit reading stops, and goes on when it is paid for', async (t) => {
  let reserved = 0;
  const reserve = (count: number): number => {
    reserved += count;
    return 1;
  };
  const { end, heard } = await welcomed(t, { limiter: { isLimited: true, changes: 0, reserve } });
  for (let pieceIndex = 0; pieceIndex < 300; pieceIndex++) end.send({ ...have, pieceIndex });
  for (let pieceIndex = 0; pieceIndex < 300; pieceIndex++)
    t.match(await heard.next(), { pieceIndex });
  t.ok(reserved >= 300 * 13, 'every byte was reserved');
});

t.test('a flood of frames ends the link, answers to what was asked are none', async (t) => {
  const range = { fileRef: 0, pieceIndex: 1, offset: 0, length: 1 };
  const reject = { type: 'reject', ...range, code: 'PIECE_NOT_AVAILABLE' } as const;
  const floods: [name: string, frame: PeerFrame, isPaidFor: boolean][] = [
    ['have', have, false],
    ['ping', { type: 'ping' }, false],
    ['reject', reject, true],
  ];
  for (const [name, frame, isPaidFor] of floods) {
    const { link, end } = await welcomed(t);
    for (let count = 0; count < MAX_CONTROL_FRAMES_PER_SECOND; count++) end.send(frame);
    if (isPaidFor) end.close();
    const code = isPaidFor ? 'CONNECTION_LOST' : 'PROTOCOL_VIOLATION';
    t.match(await link.ended, { code }, name);
  }
});

t.test('it pings, and a peer that never says anything is given up', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { link, end, heard } = await welcomed(t);
  const pings = PEER_IDLE_TIMEOUT_MS / PEER_PING_INTERVAL_MS;
  for (let count = 0; count < pings; count++) mock.timers.tick(PEER_PING_INTERVAL_MS);
  for (let count = 0; count < pings; count++) await end.stream.nextOf('ping');
  end.send(have);
  await heard.nextOf('have');
  for (let count = 0; count < pings; count++) mock.timers.tick(PEER_PING_INTERVAL_MS);
  t.ok(link.limits, 'a sign of life starts it anew');
  mock.timers.tick(PEER_PING_INTERVAL_MS);
  t.match(await link.ended, { code: 'TIMEOUT' });
});

t.test('a mistake of ours that a peer brings out ends its link, and is told', async (t) => {
  const { link, end } = await setUp(t, {
    limiter: { isLimited: false, changes: 0, reserve: () => 0 },
    // Nothing can be signed with it.
    credentials: { keyPem: 'no key', certPem: 'no certificate' },
  });
  const warned = once(process, 'warning');
  end.send(challenge);
  t.match(await link.ended, { code: 'INTERNAL' });
  await warned;
});
