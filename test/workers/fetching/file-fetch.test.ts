/** One file on one connection: a fake connection, real slots, a real writer and a real disk. */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { laterByTimer } from '../../../src/net/later.js';
import { KiB, MAX_BLOCK_LENGTH, MAX_REQUESTS_IN_FLIGHT } from '../../../src/net/limits.js';
import type { PeerFrame } from '../../../src/net/peer-frames.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { createWriteCell, writesIn } from '../../../src/net/write-count.js';
import { FileFetch } from '../../../src/workers/fetching/file-fetch.js';
import type { PeerLimits } from '../../../src/workers/fetching/peer-limits.js';
import type { FileToFetch, PeerSessionToMain } from '../../../src/workers/messages/peer-session.js';
import { createPieceHasher } from '../../../src/workers/hashing/create-piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../../../src/workers/memory/kernel-layout.js';
import { PieceSlots } from '../../../src/workers/memory/piece-slots.js';
import { PieceWriter } from '../../../src/workers/fetching/piece-writer.js';
import { createSlotMemory } from '../../../src/workers/memory/slot-memory.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
const BLOCK = 128 * KiB;
const PIECE_COUNT = 4;
const content = sampleBytes((PIECE_COUNT - 1) * PIECE + 99);
const fileId = 'f1'.repeat(32);

const LIMITS: PeerLimits = {
  maxRequests: MAX_REQUESTS_IN_FLIGHT,
  maxBlockLength: MAX_BLOCK_LENGTH,
};

interface Connection {
  readonly sent: PeerFrame[];
  limits: PeerLimits | undefined;
  target: number;
}

interface Options {
  /** It is asked for before anybody wants it. */
  readonly isGuess?: boolean;
  readonly slotPieces?: number;
  readonly disk?: 'r' | 'r+';
}

async function setUp(t: Test, { slotPieces = 8, disk = 'r+', isGuess }: Options = {}) {
  const memory = createSlotMemory(slotPieces * PIECE);
  const bytes = Buffer.from(memory.buffer);
  const slots = new PieceSlots(memory, KERNEL_RESERVED_BYTES);
  const writer = new PieceWriter(await createPieceHasher('native', memory), bytes, slots);
  const path = join(testFolder(t, { part: '' }), 'part');
  const file = await open(path, disk);
  t.teardown(() => file.close());
  const hashes = new SharedArrayBuffer(PIECE_COUNT * 20);
  for (let piece = 0; piece < PIECE_COUNT; piece++) {
    const good = content.subarray(piece * PIECE, (piece + 1) * PIECE);
    new Uint8Array(hashes).set(createHash('sha1').update(good).digest(), piece * 20);
  }
  const connection: Connection = { sent: [], limits: LIMITS, target: 10 * PIECE };
  const said: PeerSessionToMain[] = [];
  const layout = pieceLayout(content.length, PIECE)!;
  const writes = createWriteCell();
  const whole: FileToFetch = {
    ...{ fileId, content: { type: 'file', fd: file.fd }, layout, pieceHashes: hashes, writes },
  };
  const fetch = new FileFetch(3, isGuess === true ? { fileId, layout } : whole, {
    slots,
    writer,
    later: laterByTimer,
    blockLength: BLOCK,
    pipelineTarget: () => connection.target,
    limits: () => connection.limits,
    send: (frame) => void connection.sent.push(frame),
    inOneWrite: (work) => work(),
    post: (message) => void said.push(message),
  });
  return new Scene({ fetch, whole, slots, bytes, path, connection, said, writes });
}

interface Parts {
  readonly fetch: FileFetch;
  readonly whole: FileToFetch;
  readonly slots: PieceSlots;
  readonly bytes: Buffer;
  readonly path: string;
  readonly connection: Connection;
  readonly said: PeerSessionToMain[];
  readonly writes: SharedArrayBuffer;
}

class Scene {
  readonly parts: Parts;
  readonly fetch: FileFetch;

  constructor(parts: Parts) {
    this.parts = parts;
    this.fetch = parts.fetch;
  }

  /** The peer opens the file, and has it whole. */
  opened(): this {
    this.fetch.onOpened(Bitfield.full(PIECE_COUNT).bytes);
    return this;
  }

  /** What was sent since the last look, in words: `request 0/131072`. */
  takeSent(): readonly string[] {
    return this.parts.connection.sent
      .splice(0)
      .map((frame) => ('offset' in frame ? `${frame.type} ${blockName(frame)}` : frame.type));
  }

  takeSaid(): readonly PeerSessionToMain[] {
    return this.parts.said.splice(0);
  }

  /** A block arrives, as it is or spoiled; true when its bytes were wanted. */
  deliver(pieceIndex: number, offset: number, isSpoiled = false): boolean {
    const block = blockOf(pieceIndex, offset);
    const at = this.fetch.place(block);
    if (at !== undefined) {
      const from = pieceIndex * PIECE + offset;
      this.parts.bytes.set(content.subarray(from, from + block.length), at);
      if (isSpoiled) this.parts.bytes[at]! ^= 1;
    }
    this.fetch.onBlock(block);
    return at !== undefined;
  }

  get heldUnits(): number {
    return this.parts.slots.heldUnits;
  }
}

function blockOf(pieceIndex: number, offset: number) {
  const end = Math.min((pieceIndex + 1) * PIECE, content.length);
  const length = Math.min(BLOCK, end - pieceIndex * PIECE - offset);
  return { fileRef: 3, pieceIndex, offset, length };
}

function blockName({ pieceIndex, offset }: { pieceIndex: number; offset: number }): string {
  return `${pieceIndex}/${offset}`;
}

const bothOf = (piece: number): string[] => [`request ${piece}/0`, `request ${piece}/${BLOCK}`];

t.test('what the peer surely has is requested before it has opened the file', async (t) => {
  const scene = await setUp(t);
  const { fetch } = scene;
  fetch.open();
  t.same(scene.parts.connection.sent.splice(0), [{ type: 'open', fileRef: 3, fileId }]);
  fetch.fetch([1]);
  fetch.tellHave([0]);
  t.same(scene.takeSent(), bothOf(1), 'and nothing is said of what is here');
  t.ok(fetch.isOpening);
  t.equal(fetch.onOpened(new Uint8Array(2)), undefined, 'a set of another length is none');
  t.ok(fetch.isOpening);
  t.same([...fetch.onOpened(Buffer.of(0b0100_0000))!.indexes()], [1]);
  t.same(scene.takeSent(), []);
  t.ok(scene.deliver(1, 0));
  fetch.tellHave([0, 2]);
  t.same(scene.takeSent(), ['have', 'have']);
  fetch.close();
});

t.test(
  'a peer that answers nothing before it has opened the file is asked again then',
  async (t) => {
    const scene = await setUp(t);
    const { fetch } = scene;
    fetch.open();
    fetch.fetch([1, 3]);
    t.same(scene.takeSent(), ['open', ...bothOf(1), 'request 3/0']);
    for (const [piece, offset] of [
      [1, 0],
      [1, BLOCK],
      [3, 0],
    ] as const)
      fetch.onReject(blockOf(piece, offset), 'PIECE_NOT_AVAILABLE');
    fetch.fetch([0]);
    t.same(
      [scene.takeSent(), scene.takeSaid()],
      [[], []],
      'nothing is lost, and main hears nothing',
    );
    t.equal(scene.heldUnits, 0);
    scene.opened();
    t.same(scene.takeSent(), [...bothOf(1), 'request 3/0', ...bothOf(0)]);
    fetch.close();
  },
);

t.test('what the peer has is news once, and only what the file has', async (t) => {
  const scene = await setUp(t);
  const { fetch } = scene;
  fetch.onOpened(Buffer.of(0b0100_0000));
  for (const piece of [1, 2, 2]) fetch.onPeerHas(piece);
  t.same(scene.takeSaid(), [{ type: 'have', pieces: [2] }]);
  fetch.close();
  t.same(
    [0, 3, 4].map((piece) => fetch.hasPiece(piece)),
    [true, true, false],
  );
});

t.test('whole pieces go to the disk and are reported when nothing is left to do', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.fetch.fetch([3, 0]);
  t.same(scene.takeSent(), ['request 3/0', ...bothOf(0)]);
  t.ok(scene.deliver(0, BLOCK));
  t.ok(scene.deliver(0, 0));
  t.notOk(scene.fetch.isDrained);
  t.ok(scene.deliver(3, 0));
  t.ok(scene.fetch.isDrained);
  t.same(scene.takeSaid(), [{ type: 'verified', pieces: [0, 3] }]);
  const disk = await readFile(scene.parts.path);
  t.ok(disk.subarray(0, PIECE).equals(content.subarray(0, PIECE)));
  t.ok(disk.subarray(3 * PIECE).equals(content.subarray(3 * PIECE)));
  t.equal(scene.heldUnits, 0);
  t.same(writesIn(scene.parts.writes), { begun: 2, ended: 2 }, 'each write is counted');
});

t.test('a piece that is not what it should be is bad, and stays off the disk', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.fetch.fetch([0]);
  scene.deliver(0, 0, true);
  scene.deliver(0, BLOCK);
  t.same(scene.takeSaid(), [{ type: 'bad', piece: 0 }]);
  t.equal((await readFile(scene.parts.path)).length, 0);
  t.equal(scene.heldUnits, 0);
});

t.test('a disk that fails is reported as such', async (t) => {
  const scene = (await setUp(t, { disk: 'r' })).opened();
  scene.fetch.fetch([3]);
  scene.deliver(3, 0);
  t.match(scene.takeSaid(), [{ type: 'storage-failed', error: { code: 'IO_ERROR' } }]);
  t.equal(scene.heldUnits, 0);
});

t.test(
  'as much is requested as the peer’s rate asks for, and topped up by a quarter',
  async (t) => {
    const scene = (await setUp(t)).opened();
    scene.parts.connection.target = 4 * BLOCK;
    scene.fetch.fetch([0, 1, 2]);
    t.same(scene.takeSent(), [...bothOf(0), ...bothOf(1)]);
    scene.parts.connection.target = 4.5 * BLOCK;
    scene.fetch.request();
    t.same(scene.takeSent(), [], 'less than a quarter has come');
    scene.deliver(0, 0);
    t.same(scene.takeSent(), bothOf(2));
    scene.fetch.close();
  },
);

t.test('on a connection that has ended nothing is asked for', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.parts.connection.limits = undefined;
  scene.fetch.fetch([0]);
  t.same(scene.takeSent(), []);
  scene.parts.connection.limits = LIMITS;
  scene.fetch.request();
  t.same(scene.takeSent(), bothOf(0));
  scene.fetch.close();
});

t.test('no more is requested, and in no larger blocks, than the peer allows', async (t) => {
  const scene = (await setUp(t)).opened();
  const half = BLOCK / 2;
  scene.parts.connection.limits = { maxRequests: 2, maxBlockLength: half };
  scene.fetch.fetch([0]);
  const requested = (offset: number) => ({ ...blockOf(0, offset), type: 'request', length: half });
  t.same(scene.parts.connection.sent.splice(0), [requested(0), requested(half)]);
  scene.fetch.onReject({ ...blockOf(0, 0), length: half }, 'PIECE_NOT_AVAILABLE');
  scene.fetch.onReject({ ...blockOf(0, half), length: half }, 'PIECE_NOT_AVAILABLE');
  scene.fetch.fetch([3, 0]);
  t.same(scene.takeSent(), ['request 3/0', 'request 0/0']);
  scene.fetch.close();
});

t.test('without a free slot it waits for one, and then goes on by itself', async (t) => {
  const scene = (await setUp(t, { slotPieces: 1 })).opened();
  const slot = scene.parts.slots.acquire(PIECE)!;
  scene.fetch.fetch([0]);
  t.same(scene.takeSent(), []);
  scene.parts.slots.release(slot);
  t.same(scene.takeSent(), bothOf(0));
  scene.fetch.fetch([1]);
  scene.fetch.close();
  t.same(scene.takeSent(), [], 'a slot of its own that comes free is not for a closed file');
  t.equal(scene.heldUnits, 0);
});

t.test('pieces given up are returned, and what still comes of them is discarded', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.parts.connection.target = 2 * BLOCK;
  scene.fetch.fetch([0, 1]);
  t.same(scene.takeSent(), bothOf(0));
  scene.fetch.giveUp([0, 1, 2]);
  t.same(scene.takeSaid(), [{ type: 'returned', pieces: [1, 0], rejected: false }]);
  t.same(scene.takeSent(), ['cancel 0/0', `cancel 0/${BLOCK}`]);
  t.notOk(scene.deliver(0, 0));
  t.ok(scene.heldUnits > 0, 'its bytes may still come');
  scene.fetch.onReject(blockOf(0, BLOCK), 'PIECE_NOT_AVAILABLE');
  t.equal(scene.heldUnits, 0);
  t.same(scene.takeSaid(), [], 'it was returned before');
  scene.fetch.fetch([0]);
  t.same(scene.takeSent(), bothOf(0), 'it may be fetched again');
  scene.fetch.close();
});

t.test('pieces are yielded as far as nothing of them is on its way', async (t) => {
  const scene = (await setUp(t)).opened();
  const { fetch } = scene;
  scene.parts.connection.target = 4 * BLOCK;
  fetch.fetch([0, 1, 2]);
  t.same(scene.takeSent(), [...bothOf(0), ...bothOf(1)]);
  fetch.yield([0, 1, 2, 3]);
  t.same(scene.takeSaid(), [{ type: 'returned', pieces: [2], rejected: false }], 'never asked for');
  t.equal(scene.takeSent().length, 4, 'the others are cancelled at the peer');
  scene.deliver(0, 0);
  // As a session hands it on: the whole frame.
  const rejection = { ...blockOf(0, BLOCK), type: 'reject', code: 'REQUEST_CANCELLED' } as const;
  fetch.onReject(rejection, rejection.code);
  t.same(scene.takeSent(), [`request 0/${BLOCK}`], 'it had begun: the rest is asked for again');
  fetch.onReject(blockOf(1, 0), 'REQUEST_CANCELLED');
  fetch.onReject(blockOf(1, BLOCK), 'REQUEST_CANCELLED');
  t.same(scene.takeSaid(), [{ type: 'returned', pieces: [1], rejected: false }], 'once');
  t.ok(fetch.peerPieces.has(1), 'it is no refusal');
  fetch.yield([0]);
  t.same([scene.takeSent(), scene.takeSaid()], [[], []], 'what comes is not asked back');
  scene.deliver(0, BLOCK);
  scene.fetch.close();
  t.equal(scene.heldUnits, 0);
});

t.test('a peer that says unasked that a request was cancelled refuses the piece', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.fetch.fetch([0]);
  scene.fetch.onReject(blockOf(0, 0), 'REQUEST_CANCELLED');
  t.same(scene.takeSaid(), [{ type: 'returned', pieces: [0], rejected: true }]);
  scene.fetch.close();
});

t.test('a piece that the peer rejects is returned once, and counts as not there', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.fetch.fetch([0]);
  scene.fetch.onReject(blockOf(0, 0), 'PIECE_NOT_AVAILABLE');
  scene.fetch.onReject(blockOf(0, BLOCK), 'PIECE_NOT_AVAILABLE');
  t.same(scene.takeSaid(), [{ type: 'returned', pieces: [0], rejected: true }]);
  scene.fetch.onPeerHas(0);
  t.same(scene.takeSaid(), [{ type: 'have', pieces: [0] }], 'that it has it would be news');
  t.equal(scene.heldUnits, 0);
});

t.test('answers to what was never asked cost the peer', async (t) => {
  const { fetch } = (await setUp(t)).opened();
  t.throws(() => fetch.place(blockOf(0, 0)), { code: 'PROTOCOL_VIOLATION' });
  t.throws(() => fetch.onBlock(blockOf(0, 0)), { code: 'PROTOCOL_VIOLATION' });
  t.throws(() => fetch.onReject(blockOf(0, 0), 'PIECE_NOT_AVAILABLE'), {
    code: 'PROTOCOL_VIOLATION',
  });
});

t.test('a released file keeps what is whole and is done with the disk', async (t) => {
  const scene = (await setUp(t)).opened();
  const { fetch } = scene;
  fetch.fetch([0, 1, 2]);
  scene.deliver(0, 0);
  scene.deliver(0, BLOCK);
  scene.takeSent();
  fetch.release();
  fetch.release();
  t.ok(fetch.isReleased);
  t.same(scene.takeSaid(), [{ type: 'verified', pieces: [0] }]);
  const cancelled = [1, 2].flatMap((piece) => [`cancel ${piece}/0`, `cancel ${piece}/${BLOCK}`]);
  t.same(scene.takeSent(), cancelled);
  t.notOk(fetch.isDrained, 'the peer owes an answer to each');
  for (const offset of [0, BLOCK]) t.notOk(scene.deliver(1, offset));
  for (const offset of [0, BLOCK]) fetch.onReject(blockOf(2, offset), 'PIECE_NOT_AVAILABLE');
  t.ok(fetch.isDrained);
  fetch.close();
  t.same([...scene.takeSaid(), ...scene.takeSent()], []);
  t.equal((await readFile(scene.parts.path)).length, PIECE);
  t.equal(scene.heldUnits, 0);
});

t.test('a connection that is gone gives every slot back and reports what is whole', async (t) => {
  const scene = (await setUp(t)).opened();
  scene.fetch.fetch([0, 1]);
  scene.deliver(0, 0);
  scene.deliver(0, BLOCK);
  scene.deliver(1, 0);
  scene.fetch.close();
  t.same(scene.takeSaid(), [{ type: 'verified', pieces: [0] }]);
  t.equal(scene.heldUnits, 0);
  scene.fetch.fetch([2]);
  t.same(
    scene.takeSent().filter((words) => words.endsWith('2/0')),
    [],
  );
});

t.test('what comes of a guess waits in memory until it is ordered, and then counts', async (t) => {
  const scene = await setUp(t, { isGuess: true });
  const { fetch, parts } = scene;
  fetch.open();
  fetch.guess([0, 1]);
  t.same(scene.takeSent(), ['open', ...bothOf(0), ...bothOf(1)]);
  scene.opened();
  for (const offset of [0, BLOCK]) scene.deliver(0, offset);
  scene.deliver(1, 0);
  fetch.onPeerHas(3);
  t.same(scene.takeSaid(), [], 'nothing is told of it');
  t.same(await readFile(parts.path), Buffer.alloc(0), 'nor written');
  fetch.adopt(parts.whole);
  fetch.fetch([0, 1]);
  t.same(scene.takeSent(), [], 'it was asked for before');
  scene.deliver(1, BLOCK);
  await untilVerified(scene, 2);
  t.equal(scene.heldUnits, 0);
  t.same((await readFile(parts.path)).subarray(0, 2 * PIECE), content.subarray(0, 2 * PIECE));
});

t.test('of a guess only what is ordered is written, and the rest is cancelled', async (t) => {
  const scene = await setUp(t, { isGuess: true });
  const { fetch, parts } = scene;
  fetch.guess([0, 1, 2]);
  scene.opened();
  scene.takeSent();
  for (const offset of [0, BLOCK]) scene.deliver(0, offset);
  fetch.adopt(parts.whole);
  fetch.fetch([2]);
  t.same(scene.takeSent(), [`cancel 1/0`, `cancel 1/${BLOCK}`]);
  for (const offset of [0, BLOCK]) t.notOk(scene.deliver(1, offset));
  for (const offset of [0, BLOCK]) scene.deliver(2, offset);
  await untilVerified(scene, 1);
  t.equal(scene.heldUnits, 0);
  // A piece that was dropped may be wanted later.
  fetch.fetch([0]);
  t.same(scene.takeSent(), bothOf(0));
});

t.test('a guess that nobody takes up leaves nothing', async (t) => {
  for (const end of ['release', 'close'] as const) {
    const scene = await setUp(t, { isGuess: true });
    const { fetch } = scene;
    fetch.guess([0, 1]);
    scene.opened();
    for (const offset of [0, BLOCK]) scene.deliver(0, offset);
    fetch[end]();
    if (end === 'release') for (const offset of [0, BLOCK]) scene.deliver(1, offset);
    t.equal(scene.heldUnits, 0, end);
    t.same(scene.takeSaid(), []);
  }
});

t.test(
  'a piece of a guess that the peer lacks is asked for as any other once it is ordered',
  async (t) => {
    const scene = await setUp(t, { isGuess: true });
    const { fetch, parts } = scene;
    fetch.guess([0]);
    scene.opened();
    scene.takeSent();
    for (const offset of [0, BLOCK]) fetch.onReject(blockOf(0, offset), 'PIECE_NOT_AVAILABLE');
    t.notOk(fetch.peerPieces.has(0));
    t.same(scene.takeSaid(), []);
    fetch.adopt(parts.whole);
    fetch.fetch([0]);
    t.same(scene.takeSent(), bothOf(0));
    for (const offset of [0, BLOCK]) fetch.onReject(blockOf(0, offset), 'PIECE_NOT_AVAILABLE');
    t.same(scene.takeSaid(), [{ type: 'returned', pieces: [0], rejected: true }]);
  },
);

/** Waits until so many pieces were told of. */
async function untilVerified(scene: Scene, count: number): Promise<void> {
  const verified: number[] = [];
  while (verified.length < count) {
    await new Promise(setImmediate);
    for (const said of scene.takeSaid())
      if (said.type === 'verified') verified.push(...said.pieces);
  }
}
