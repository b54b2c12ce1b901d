/** One connection of a download, from the dial to its end, against a peer that a test speaks for. */
import { fdOf } from '../../fixtures/fd-of.js';
import { fstatSync, readSync } from 'node:fs';
import t, { type Test } from 'tap';
import { deviceIdOfChallenge } from '../../../src/net/challenge.js';
import type { PeerFrame } from '../../../src/net/peer-frames.js';
import type { ServingEnd } from './serving-peer.js';
import {
  ALL_PIECES,
  NONCE,
  ownDeviceId,
  peerDeviceId,
  PIECE,
  PIECE_COUNT,
  pieceBytes,
  setUp,
  WELCOME,
  type Scene,
} from './peer-session-scene.js';

const rangeOf = (pieceIndex: number, fileRef = 0) => ({ fileRef, pieceIndex, offset: 0 });
const requestOf = (piece: number) => ({ type: 'request', ...rangeOf(piece), length: PIECE });

/** The session ends with this code, and hangs up. */
async function endsWith(scene: Scene, end: ServingEnd, code: string | undefined) {
  const { error } = await scene.said.nextOf('ended');
  await end.stream.untilEnd();
  return error?.code === code ? undefined : error;
}

t.test('it dials, proves its key, shows the ticket and asks for the file', async (t) => {
  const scene = await setUp(t);
  const accepted = scene.peer.accept();
  const over = scene.run();
  const end = await accepted;
  end.send({ type: 'challenge', nonce: NONCE });
  const hello = await end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'ticket 1');
  t.equal(deviceIdOfChallenge(NONCE, peerDeviceId, hello.publicKey, hello.signature), ownDeviceId);
  t.match(await end.stream.next(), { type: 'open', fileRef: 0, fileId: scene.file.fileId });
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 0, bits: Uint8Array.of(0b0100_0000) });
  t.ok((await scene.said.nextOf('accepted')).latencyMs > 0, 'somebody is there');
  const { type, latencyMs, ...ready } = await scene.said.nextOf('ready');
  t.same(ready, { bits: Uint8Array.of(0b0100_0000), address: scene.peer.address }, type);
  t.ok(latencyMs > 0 && Number.isFinite(latencyMs), 'the answers were awaited');
  scene.tell({ type: 'close' });
  await over;
  t.equal(await endsWith(scene, end, undefined), undefined);
});

t.test('it fetches what it is told to, releases the file, and takes the next one', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready();
  scene.tell({ type: 'fetch', pieces: [2, 0] });
  for (const piece of [2, 0]) t.match(await end.stream.next(), requestOf(piece));
  end.sendBlock(rangeOf(0), pieceBytes(0));
  end.sendBlock(rangeOf(2), pieceBytes(2));
  const verified: number[] = [];
  while (verified.length < 2) verified.push(...(await scene.said.nextOf('verified')).pieces);
  t.same(verified, [0, 2]);
  const disk = Buffer.alloc(PIECE);
  readSync(fdOf(scene.file.content), disk, 0, PIECE, 2 * PIECE);
  t.ok(disk.equals(pieceBytes(2)));
  scene.tell({ type: 'release' });
  t.match(await scene.next(), { type: 'released', error: undefined });
  t.same(await scene.next(), { type: 'idle' });
  t.match(await end.stream.next(), { type: 'close', fileRef: 0 });
  const fileId = 'e2'.repeat(32);
  scene.tell({ type: 'open', file: { ...scene.file, fileId }, ticket: Buffer.from('ticket 2') });
  const shown = await end.stream.nextOf('ticket');
  t.equal(Buffer.from(shown.ticket).toString(), 'ticket 2');
  t.match(await end.stream.next(), { type: 'open', fileRef: 1, fileId });
  end.send({ type: 'opened', fileRef: 1, bits: ALL_PIECES });
  t.match(await scene.next(), { type: 'ready' });
});

t.test('what the peer allows holds for every file of the session', async (t) => {
  const scene = await setUp(t);
  const end = await scene.greeted();
  end.send({ ...WELCOME, maxRequests: 1, maxBlockLength: PIECE / 4 });
  end.send({ type: 'opened', fileRef: 0, bits: ALL_PIECES });
  await scene.said.nextOf('ready');
  scene.tell({ type: 'fetch', pieces: [1] });
  const length = PIECE / 4;
  for (let offset = 0; offset < PIECE; offset += length) {
    t.match(await end.stream.next(), { type: 'request', pieceIndex: 1, offset, length });
    t.equal(end.stream.waiting, 0, 'one at a time');
    end.sendBlock({ ...rangeOf(1), offset }, pieceBytes(1).subarray(offset, offset + length));
  }
  t.same(await scene.said.nextOf('verified'), { type: 'verified', pieces: [1] });
});

t.test(
  'a released file costs its peer the answers it owes, then the session is idle',
  async (t) => {
    const scene = await setUp(t);
    const end = await scene.ready();
    scene.tell({ type: 'fetch', pieces: [0, 1] });
    for (const piece of [0, 1]) t.match(await end.stream.next(), requestOf(piece));
    scene.tell({ type: 'release' });
    t.match(await scene.next(), { type: 'released', error: undefined });
    for (const pieceIndex of [0, 1])
      t.match(await end.stream.next(), { type: 'cancel', pieceIndex });
    end.send({ type: 'have', fileRef: 0, pieceIndex: 1 });
    end.sendBlock(rangeOf(0), pieceBytes(0));
    end.send({ type: 'reject', ...rangeOf(1), length: PIECE, code: 'REQUEST_CANCELLED' });
    t.same(await scene.next(), { type: 'idle' }, 'and nothing before it');
    t.equal(fstatSync(fdOf(scene.file.content)).size, 0, 'the disk is not touched any more');
  },
);

t.test('a refused file leaves a connection for others', async (t) => {
  const scene = await setUp(t);
  const end = await scene.greeted();
  end.send(WELCOME);
  end.send({ type: 'refused', fileRef: 0, code: 'NO_SUCH_FILE' });
  t.match(await scene.next(), { type: 'released', error: { code: 'NO_SUCH_FILE' } });
  t.same(await scene.next(), { type: 'idle' });
  scene.tell({ type: 'open', file: scene.file, ticket: Buffer.from('ticket 1') });
  t.match(await end.stream.next(), { type: 'open', fileRef: 1 }, 'no ticket is shown twice');
  scene.tell({ type: 'release' });
  t.match(await scene.next(), { type: 'released', error: undefined });
  t.same(await scene.next(), { type: 'idle' }, 'also one that the peer has opened nothing on');
  scene.tell({ type: 'open', file: scene.file, ticket: Buffer.from('ticket 1') });
  t.match(await end.stream.nextOf('open'), { fileRef: 2 });
  end.send({ type: 'opened', fileRef: 1, bits: ALL_PIECES });
  end.send({ type: 'opened', fileRef: 2, bits: ALL_PIECES });
  t.match(await scene.next(), { type: 'ready' }, 'what is said of a released file is passed over');
});

t.test('a file released before the peer has opened any ends the session', async (t) => {
  const scene = await setUp(t);
  const end = await scene.greeted();
  scene.tell({ type: 'release' });
  t.equal(await endsWith(scene, end, undefined), undefined);
});

t.test('pieces come back when they are cancelled or rejected', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready();
  scene.tell({ type: 'fetch', pieces: [0, 1] });
  for (const piece of [0, 1]) t.match(await end.stream.next(), requestOf(piece));
  scene.tell({ type: 'cancel', pieces: [0] });
  t.same(await scene.next(), { type: 'returned', pieces: [0], rejected: false });
  t.match(await end.stream.next(), { type: 'cancel', ...rangeOf(0) });
  const code = 'PIECE_NOT_AVAILABLE';
  end.send({ type: 'reject', ...rangeOf(1), length: PIECE, code });
  t.same(await scene.next(), { type: 'returned', pieces: [1], rejected: true });
});

t.test('of what the peer has only news are told', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready(Uint8Array.of(0b1000_0000));
  for (const pieceIndex of [0, 1, 1, 2]) end.send({ type: 'have', fileRef: 0, pieceIndex });
  t.same(await scene.next(), { type: 'have', pieces: [1] });
  t.same(await scene.next(), { type: 'have', pieces: [2] });
});

t.test('a spoiled piece and a failing disk are told apart', async (t) => {
  const spoiled = await setUp(t);
  const liar = await spoiled.ready();
  spoiled.tell({ type: 'fetch', pieces: [0] });
  await liar.stream.nextOf('request');
  liar.sendBlock(rangeOf(0), pieceBytes(1));
  t.same(await spoiled.next(), { type: 'bad', piece: 0 });
  const failing = await setUp(t, { disk: 'r' });
  const honest = await failing.ready();
  failing.tell({ type: 'fetch', pieces: [0] });
  await honest.stream.nextOf('request');
  honest.sendBlock(rangeOf(0), pieceBytes(0));
  t.match(await failing.next(), { type: 'storage-failed', error: { code: 'IO_ERROR' } });
});

t.test('a renewed ticket is shown, the same one is not', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready();
  for (const words of ['ticket 1', 'ticket 2', 'ticket 2', 'ticket 3'])
    scene.tell({ type: 'ticket', ticket: Buffer.from(words) });
  for (const words of ['ticket 2', 'ticket 3']) {
    const { ticket } = await end.stream.nextOf('ticket');
    t.equal(Buffer.from(ticket).toString(), words);
  }
});

t.test('a peer that ends the connection, or breaks the protocol, ends the session', async (t) => {
  const opened = { type: 'opened', fileRef: 0, bits: ALL_PIECES } as const;
  const cases: [name: string, code: string, speech: (PeerFrame | 'close')[]][] = [
    ['hangs up', 'CONNECTION_LOST', ['close']],
    ['says why', 'TICKET_EXPIRED', [{ type: 'error', code: 'TICKET_EXPIRED', message: 'old' }]],
    ['another version', 'UNSUPPORTED_VERSION', [{ ...WELCOME, version: 2 }]],
    ['opens before it greets', 'PROTOCOL_VIOLATION', [opened]],
    ['opens twice', 'PROTOCOL_VIOLATION', [WELCOME, opened, opened]],
    [
      'a set of another size',
      'PROTOCOL_VIOLATION',
      [WELCOME, { ...opened, bits: Buffer.alloc(3) }],
    ],
    ['a file never asked for', 'PROTOCOL_VIOLATION', [WELCOME, { ...opened, fileRef: 1 }]],
    ['challenges twice', 'PROTOCOL_VIOLATION', [{ type: 'challenge', nonce: NONCE }]],
    [
      'has a piece that is none',
      'PROTOCOL_VIOLATION',
      [WELCOME, opened, { type: 'have', fileRef: 0, pieceIndex: 3 }],
    ],
    [
      'rejects what was not requested',
      'PROTOCOL_VIOLATION',
      [WELCOME, opened, { type: 'reject', ...rangeOf(0), length: PIECE, code: 'NOT_SHARED' }],
    ],
    [
      'asks for a block itself',
      'PROTOCOL_VIOLATION',
      [WELCOME, opened, { type: 'request', ...rangeOf(0), length: PIECE }],
    ],
  ];
  for (const [name, code, speech] of cases) {
    const scene = await setUp(t);
    const end = await scene.greeted();
    for (const word of speech) {
      if (word === 'close') end.close();
      else end.send(word);
    }
    t.equal(await endsWith(scene, end, code), undefined, name);
  }
});

t.test('a block that was never requested ends the session', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready();
  end.sendBlock(rangeOf(0), pieceBytes(0));
  t.equal(await endsWith(scene, end, 'PROTOCOL_VIOLATION'), undefined);
});

t.test(
  'a block of a file that is not open yet ends the session, a guessed one as well',
  async (t) => {
    const scene = await setUp(t);
    scene.tell({ type: 'fetch', pieces: [0] });
    const end = await scene.greeted();
    t.match(await end.stream.next(), requestOf(0));
    end.send(WELCOME);
    end.sendBlock(rangeOf(0), pieceBytes(0));
    t.match(await scene.next(), { type: 'ended', error: { code: 'PROTOCOL_VIOLATION' } });
    const guess = await guessing(t, [0]);
    t.match(await guess.end.stream.next(), requestOf(0));
    guess.end.send(WELCOME);
    guess.end.sendBlock(rangeOf(0), pieceBytes(0));
    t.equal(await endsWith(guess.scene, guess.end, 'PROTOCOL_VIOLATION'), undefined);
  },
);

t.test('a peer that cannot be reached ends the session', async (t) => {
  const nobody = await setUp(t, { addresses: [] });
  await nobody.run();
  t.match(await nobody.next(), { type: 'ended', error: { code: 'PEER_UNREACHABLE' } });
  const gone = await setUp(t);
  await gone.peer.close();
  await gone.run();
  t.match(await gone.next(), { type: 'ended', error: { code: 'PEER_UNREACHABLE' } });
});

t.test(
  'a session that is told to close while it dials ends at once and greets nobody',
  async (t) => {
    const scene = await setUp(t);
    const accepted = scene.peer.accept();
    const over = scene.run();
    scene.tell({ type: 'close' });
    await over;
    t.match(await scene.next(), { type: 'ended', error: undefined });
    // Nobody may have come at all; then the peer closes without having seen anybody.
    const end = await Promise.race([accepted, scene.peer.close()]);
    t.same((await end?.stream.untilEnd()) ?? [], []);
  },
);

t.test('a session that is told to close does not wait for a peer that never answers', async (t) => {
  const scene = await setUp(t, { transport: 'tls' });
  const accepted = scene.peer.accept();
  const over = scene.run();
  const end = await accepted;
  scene.tell({ type: 'close' });
  await over;
  t.same(await scene.next(), { type: 'ended', error: undefined });
  await end.stream.untilEnd();
});

t.test('what is whole when the session ends is reported before the end', async (t) => {
  const scene = await setUp(t);
  const end = await scene.ready();
  scene.tell({ type: 'fetch', pieces: [0, 1] });
  for (const piece of [0, 1]) t.match(await end.stream.next(), requestOf(piece));
  end.sendBlock(rangeOf(0), pieceBytes(0));
  end.send({ type: 'error', code: 'BUSY', message: 'bye' });
  t.same(await scene.next(), { type: 'verified', pieces: [0] });
  t.match(await scene.next(), { type: 'ended', error: { code: 'BUSY' } });
});

t.test(
  'pieces that are ordered before the file is open are asked for right behind it',
  async (t) => {
    const scene = await setUp(t);
    scene.tell({ type: 'fetch', pieces: [0, 1] });
    scene.tell({ type: 'cancel', pieces: [1] });
    const end = await scene.greeted();
    t.same(await scene.next(), { type: 'returned', pieces: [1], rejected: false });
    t.match(await end.stream.next(), requestOf(0));
    await scene.said.nextOf('asked');
    scene.tell({ type: 'fetch', pieces: [2] });
    t.match(await end.stream.next(), requestOf(2));
    end.send(WELCOME);
    end.send({ type: 'opened', fileRef: 0, bits: ALL_PIECES });
    end.sendBlock(rangeOf(0), pieceBytes(0));
    end.sendBlock(rangeOf(2), pieceBytes(2));
    t.match(await scene.next(), { type: 'ready' });
    t.match(await scene.next(), { type: 'verified' });
  },
);

t.test('one that is dialled ahead says nothing before it is handed a file', async (t) => {
  const scene = await setUp(t, { isAhead: true });
  const accepted = scene.peer.accept();
  void scene.run();
  const end = await accepted;
  await scene.said.nextOf('accepted');
  t.equal(end.stream.waiting, 0);
  scene.tell({ type: 'open', file: scene.file, ticket: Buffer.from('ticket 2') });
  scene.tell({ type: 'fetch', pieces: [1] });
  end.send({ type: 'challenge', nonce: NONCE });
  const hello = await end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'ticket 2');
  t.match(await end.stream.next(), { type: 'open', fileRef: 0, fileId: scene.file.fileId });
  t.match(await end.stream.next(), requestOf(1));
});

t.test(
  'a file may be handed to it while it is still being dialled, and so may the end',
  async (t) => {
    const scene = await setUp(t, { isAhead: true });
    scene.tell({ type: 'open', file: scene.file, ticket: Buffer.from('ticket 2') });
    const end = await scene.greeted();
    t.equal(end.stream.waiting, 0);
    const other = await setUp(t, { isAhead: true });
    const accepted = other.peer.accept();
    const over = other.run();
    const silent = await accepted;
    other.tell({ type: 'close' });
    await over;
    await silent.stream.untilEnd();
  },
);

/** One that was dialled ahead and has asked for what will likely be wanted. */
async function guessing(t: Test, pieces: readonly number[]) {
  const scene = await setUp(t, { isAhead: true });
  const { fileId, layout } = scene.file;
  const ticket = Buffer.from('kept ticket');
  scene.tell({ type: 'guess', file: { fileId, layout }, pieces, ticket });
  const accepted = scene.peer.accept();
  const over = scene.run();
  const end = await accepted;
  end.send({ type: 'challenge', nonce: NONCE });
  const hello = await end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'kept ticket');
  t.match(await end.stream.next(), { type: 'open', fileRef: 0, fileId });
  return { scene, end, over };
}

t.test('a guess is asked for at once, and told of when it turns out to be right', async (t) => {
  const { scene, end } = await guessing(t, [1, 2]);
  for (const piece of [1, 2]) t.match(await end.stream.next(), requestOf(piece));
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 0, bits: ALL_PIECES });
  end.sendBlock(rangeOf(1), pieceBytes(1));
  scene.tell({ type: 'open', file: scene.file, ticket: Buffer.from('fresh ticket') });
  t.match(await scene.said.nextOf('asked'), { begun: [1, 2] });
  const shown = await end.stream.nextOf('ticket');
  t.equal(Buffer.from(shown.ticket).toString(), 'fresh ticket');
  t.match(await scene.said.nextOf('ready'), { bits: ALL_PIECES, begun: [1, 2] });
  scene.tell({ type: 'fetch', pieces: [1, 2, 0] });
  t.match(await end.stream.next(), requestOf(0), 'what was begun is not asked for again');
  for (const piece of [2, 0]) end.sendBlock(rangeOf(piece), pieceBytes(piece));
  const verified = new Set<number>();
  while (verified.size < PIECE_COUNT) {
    for (const piece of (await scene.said.nextOf('verified')).pieces) verified.add(piece);
  }
});

t.test('a guess that is right before the file is asked for changes nothing', async (t) => {
  const scene = await setUp(t, { isAhead: true });
  const { fileId, layout } = scene.file;
  const [kept, fresh] = [Buffer.from('kept'), Buffer.from('fresh')];
  scene.tell({ type: 'guess', file: { fileId, layout }, pieces: [1], ticket: kept });
  scene.tell({ type: 'open', file: scene.file, ticket: fresh });
  const accepted = scene.peer.accept();
  void scene.run();
  const end = await accepted;
  end.send({ type: 'challenge', nonce: NONCE });
  const hello = await end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'fresh');
  t.match(await end.stream.next(), { type: 'open', fileRef: 0 });
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 0, bits: ALL_PIECES });
  t.notOk('begun' in (await scene.said.nextOf('ready')));
  t.equal(end.stream.waiting, 0);
});

t.test(
  'a peer that refuses a guess, or its ticket, ends the connection and nothing else',
  async (t) => {
    for (const code of ['NO_SUCH_FILE', 'TICKET_EXPIRED'] as const) {
      const { scene, end, over } = await guessing(t, [1]);
      if (code === 'NO_SUCH_FILE') {
        end.send(WELCOME);
        end.send({ type: 'refused', fileRef: 0, code });
      } else {
        end.send({ type: 'error', code, message: 'too old' });
      }
      await over;
      t.equal((await scene.next()).type, 'ended');
    }
  },
);
