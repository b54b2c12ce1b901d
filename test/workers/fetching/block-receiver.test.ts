import fc from 'fast-check';
import t from 'tap';
import { PeerError } from '../../../src/net/errors.js';
import {
  BLOCK_HEAD_BYTES,
  encodeFrame,
  writeBlockHead,
  type PeerFrame,
} from '../../../src/net/peer-frames.js';
import { BlockReceiver } from '../../../src/workers/fetching/block-receiver.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';

/** Feeds a stream in pieces of the given lengths, as a socket would; what was understood. */
function receive(stream: Buffer, splits: readonly number[], wants: (piece: number) => boolean) {
  const memory = Buffer.alloc(64 * 1024);
  const seen: string[] = [];
  let next = 0;
  let wanted = 0;
  const targets = new Map<number, number>();
  const receiver = new BlockReceiver(memory, {
    place: ({ pieceIndex, length }) => {
      if (!wants(pieceIndex)) return undefined;
      targets.set(pieceIndex, next);
      next += length;
      return next - length;
    },
    onBlockBytes: (count) => {
      wanted += count;
    },
    onBlock: ({ pieceIndex, offset, length }) => {
      seen.push(`wanted so far ${wanted}`);
      const at = targets.get(pieceIndex);
      const bytes = at === undefined ? 'discarded' : memory.toString('hex', at, at + length);
      seen.push(`block ${pieceIndex} ${offset} ${bytes}`);
    },
    onFrame: (frame) => void seen.push(JSON.stringify(frame)),
  });
  receiver.onHandshakeDone();
  let at = 0;
  for (let turn = 0; at < stream.length; turn++) {
    const buffer = receiver.nextBuffer();
    const wanted = splits[turn % splits.length] ?? 1;
    const count = Math.min(buffer.length, wanted, stream.length - at);
    if (buffer.length === 0) throw new Error('no room for what the socket reads');
    buffer.set(stream.subarray(at, at + count));
    at += count;
    receiver.onRead(count);
  }
  return seen;
}

function block(pieceIndex: number, bytes: Buffer): Buffer {
  const out = Buffer.alloc(BLOCK_HEAD_BYTES + bytes.length);
  writeBlockHead(out, { fileRef: 0, pieceIndex, offset: 3, length: bytes.length });
  out.set(bytes, BLOCK_HEAD_BYTES);
  return out;
}

const frames: PeerFrame[] = [
  { type: 'ping' },
  { type: 'have', fileRef: 0, pieceIndex: 9 },
  { type: 'opened', fileRef: 0, bits: sampleBytes(5_000) },
];
const part = fc.oneof(
  fc.constantFrom(...frames).map(encodeFrame),
  fc
    .tuple(fc.nat(50), fc.integer({ min: 1, max: 2_000 }))
    .map(([piece, size]) => block(piece, sampleBytes(size, String(piece)))),
);

t.test('any split of the stream gives the same blocks and frames', async () => {
  const splits = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 });
  const isWanted = (piece: number): boolean => piece % 3 !== 0;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), splits, (parts, sizes) => {
      const stream = Buffer.concat(parts);
      const whole = receive(stream, [1_000_000], isWanted);
      const things = whole.filter((line) => !line.startsWith('wanted'));
      if (things.length !== parts.length) return false;
      return JSON.stringify(receive(stream, sizes, isWanted)) === JSON.stringify(whole);
    }),
    { numRuns: 60 },
  );
});

t.test('only bytes that have a place are told, once', async (t) => {
  const stream = Buffer.concat([
    encodeFrame({ type: 'ping' }),
    block(3, sampleBytes(900)),
    block(1, sampleBytes(700)),
    encodeFrame({ type: 'have', fileRef: 0, pieceIndex: 9 }),
    block(2, sampleBytes(50)),
  ]);
  for (const splits of [[1], [600, 7], [1_000_000]]) {
    const seen = receive(stream, splits, (piece) => piece !== 3);
    t.same(
      seen.filter((line) => line.startsWith('wanted')),
      ['wanted so far 0', 'wanted so far 700', 'wanted so far 750'],
    );
  }
});

t.test('garbage is a PeerError or a frame, never anything else', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), (bytes) => {
      try {
        receive(Buffer.from(bytes), [100], () => false);
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
      }
    }),
    { numRuns: 200 },
  );
});

t.test('a type that does not exist ends it as soon as its head is there', async (t) => {
  for (const type of [0x00, 0x3f, 0x40, 0x86, 0x87, 0xff]) {
    const head = Buffer.of(0, 0, 0x10, 0, type);
    t.throws(() => receive(head, [5], () => false), { code: 'PROTOCOL_VIOLATION' });
  }
});

t.test('before the handshake only small frames are legal', async (t) => {
  const receiver = new BlockReceiver(Buffer.alloc(10), {
    place: () => undefined,
    onBlockBytes: () => {},
    onBlock: () => {},
    onFrame: () => {},
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(5_000, 0);
  head.writeUInt8(0x82, 4);
  receiver.nextBuffer().set(head);
  t.throws(() => receiver.onRead(head.length), { code: 'PROTOCOL_VIOLATION' });
});
