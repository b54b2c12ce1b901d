/** A session that asks for a file by its name before main knows what that stands for. */
import t, { type Test } from 'tap';
import { MiB } from '../../../src/net/limits.js';
import { useThreadMemory } from '../../../src/workers/memory/thread-memory.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import type { PeerFrame } from '../../../src/net/peer-frames.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import {
  ALL_PIECES,
  content,
  PIECE,
  PIECE_COUNT,
  pieceBytes,
  setUp,
  WELCOME,
} from './peer-session-scene.js';

const HALF = PIECE / 2;
const question = { nameHash: 'ab'.repeat(32), part: 1, parts: 3, start: 5 };
const ticket = Buffer.from('kept ticket');
const fresh = Buffer.from('fresh ticket');
const credentials = createDeviceCredentials();

type Found = Extract<PeerFrame, { type: 'found' }>;

/** One that was dialled ahead and has greeted, or been left alone. */
async function dialled(t: Test, isModern = true) {
  const scene = await setUp(t, { isAhead: true, serving: { credentials, isModern } });
  scene.tell({ type: 'find', question, ticket });
  const accepted = scene.peer.accept();
  const over = scene.run();
  const end = await accepted;
  const found = (more: Partial<Found> = {}): void =>
    end.send({
      type: 'found',
      fileRef: 0,
      fileId: scene.file.fileId,
      layout: scene.file.layout,
      promised: { pieceIndex: 1, length: HALF },
      bits: ALL_PIECES,
      ...more,
    });
  return { scene, end, over, found };
}

/** And has asked. */
async function asking(t: Test) {
  const parts = await dialled(t);
  const hello = await parts.end.stream.nextOf('hello');
  t.equal(Buffer.from(hello.ticket).toString(), 'kept ticket');
  const asked = { type: 'find', fileRef: 0, ...question, length: PIECE };
  t.match(await parts.end.stream.next(), asked, 'in the first flight');
  parts.end.send(WELCOME);
  return parts;
}

const open = ({ scene }: Awaited<ReturnType<typeof dialled>>): void =>
  scene.tell({ type: 'open', file: scene.file, ticket: fresh });

t.test('what comes of a name waits until main wants that very content', async (t) => {
  const parts = await asking(t);
  const { scene, end, found } = parts;
  found();
  end.sendBlock({ fileRef: 0, pieceIndex: 1, offset: 0 }, pieceBytes(1).subarray(0, HALF));
  const rest = { type: 'request', fileRef: 0, pieceIndex: 1, offset: HALF, length: HALF };
  t.match(await end.stream.next(), rest, 'the rest of the piece is requested');
  end.sendBlock({ fileRef: 0, pieceIndex: 1, offset: HALF }, pieceBytes(1).subarray(HALF));
  await scene.said.nextOf('found');
  open(parts);
  t.match(await scene.said.nextOf('asked'), { begun: [1] });
  t.match(await scene.said.nextOf('ready'), { bits: ALL_PIECES, begun: [1] });
  scene.tell({ type: 'fetch', pieces: [1, 0, 2] });
  await end.stream.nextOf('ticket');
  for (const piece of [0, 2]) {
    t.match(await end.stream.next(), { type: 'request', pieceIndex: piece, offset: 0 });
    end.sendBlock({ fileRef: 0, pieceIndex: piece, offset: 0 }, pieceBytes(piece));
  }
  const verified = new Set<number>();
  while (verified.size < PIECE_COUNT)
    for (const piece of (await scene.said.nextOf('verified')).pieces) verified.add(piece);
});

t.test('main may know what the name stands for before the peer has said it', async (t) => {
  const parts = await asking(t);
  open(parts);
  await parts.end.stream.nextOf('ticket');
  parts.found({ promised: undefined });
  t.match(await parts.scene.said.nextOf('asked'), { begun: [] });
  t.match(await parts.scene.said.nextOf('ready'), { begun: [] });
  t.equal(parts.end.stream.waiting, 0, 'nothing is opened twice');
});

t.test('a peer that has no file of that name is asked as any other', async (t) => {
  const orders = ['refused first', 'wanted first'];
  for (const order of orders) {
    const parts = await asking(t);
    const { scene, end } = parts;
    if (order === 'wanted first') {
      open(parts);
      await end.stream.nextOf('ticket');
    }
    end.send({ type: 'refused', fileRef: 0, code: 'NO_SUCH_FILE' });
    await scene.said.nextOf('unasked');
    if (order === 'refused first') open(parts);
    const { fileId } = scene.file;
    t.match(await end.stream.nextOf('open'), { fileRef: 1, fileId }, order);
    end.send({ type: 'opened', fileRef: 1, bits: ALL_PIECES });
    t.notOk('begun' in (await scene.said.nextOf('ready')), 'nothing was begun');
  }
});

t.test(
  'one that does not understand the question is not asked, and serves as before',
  async (t) => {
    const parts = await dialled(t, false);
    const { scene, end } = parts;
    await scene.said.nextOf('unasked');
    open(parts);
    const hello = await end.stream.nextOf('hello');
    t.equal(Buffer.from(hello.ticket).toString(), 'fresh ticket');
    t.match(await end.stream.next(), { type: 'open', fileRef: 0 });
    end.send(WELCOME);
    end.send({ type: 'opened', fileRef: 0, bits: ALL_PIECES });
    await scene.said.nextOf('ready');
    scene.tell({ type: 'find', question, ticket });
    scene.tell({ type: 'have', pieces: [0] });
    t.match(await end.stream.next(), { type: 'have' }, 'and later nobody is asked');
  },
);

t.test('an answer that is not what the tracker says costs the peer', async (t) => {
  const cut = pieceLayout(content.length, 2 * PIECE)!;
  const cases: readonly (readonly [string, Partial<Found>])[] = [
    ['another content', { fileId: 'e2'.repeat(32) }],
    ['another cut', { layout: cut, bits: Uint8Array.of(0b1100_0000) }],
    ['another size', { layout: pieceLayout(content.length - 1, PIECE)! }],
  ];
  for (const [name, lie] of cases) {
    for (const isLate of [false, true]) {
      const parts = await asking(t);
      const { scene, over, found, end } = parts;
      if (isLate) {
        open(parts);
        await end.stream.nextOf('ticket');
      }
      found(lie);
      if (!isLate) {
        await scene.said.nextOf('found');
        open(parts);
      }
      const { error } = await scene.said.nextOf('ended');
      t.equal(error?.code, 'PIECE_MISMATCH', name);
      await over;
    }
  }
});

t.test('without memory for what comes unasked the file is fetched as any other', async (t) => {
  const { slots } = useThreadMemory(4 * MiB);
  const parts = await asking(t);
  const { scene, end, found } = parts;
  const taken = [];
  for (;;) {
    const slot = slots.acquire(PIECE);
    if (!slot) break;
    taken.push(slot);
  }
  found();
  const block = { fileRef: 0, pieceIndex: 1, offset: 0 };
  t.match(await end.stream.next(), { type: 'cancel', ...block, length: HALF });
  open(parts);
  t.match(await scene.said.nextOf('asked'), { begun: [] });
  t.match(await scene.said.nextOf('ready'), { begun: [] });
  for (const slot of taken) slots.release(slot);
  // It was on its way when it was cancelled.
  end.sendBlock(block, pieceBytes(1).subarray(0, HALF));
  scene.tell({ type: 'fetch', pieces: [1] });
  t.match(await end.stream.nextOf('request'), { ...block, length: PIECE });
  end.sendBlock(block, pieceBytes(1));
  t.same((await scene.said.nextOf('verified')).pieces, [1]);
});

t.test('an answer that cannot be ends the session', async (t) => {
  const cases: readonly (readonly [string, Partial<Found>])[] = [
    ['a number that is not asked for', { fileRef: 1 }],
    ['too many bits', { bits: Uint8Array.of(0b1111_0000) }],
    ['a piece that is none', { promised: { pieceIndex: 3, length: 1 } }],
    ['a piece that it has not', { bits: Uint8Array.of(0b1010_0000) }],
    ['more than a piece', { promised: { pieceIndex: 1, length: PIECE + 1 } }],
  ];
  for (const [name, answer] of cases) {
    const { scene, over, found } = await asking(t);
    found(answer);
    const { error } = await scene.said.nextOf('ended');
    t.equal(error?.code, 'PROTOCOL_VIOLATION', name);
    await over;
  }
  const twice = await asking(t);
  twice.found();
  twice.found();
  t.equal((await twice.scene.said.nextOf('ended')).error?.code, 'PROTOCOL_VIOLATION', 'said twice');
  await twice.over;
});
