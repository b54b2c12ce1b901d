import fc from 'fast-check';
import t from 'tap';
import { PeerError } from '../../src/net/errors.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_HANDSHAKE_FRAME_BYTES,
  MAX_PEER_CONTROL_FRAME_BYTES,
  MAX_PIECE_COUNT,
  MIN_PIECE_LENGTH,
} from '../../src/net/limits.js';
import {
  BLOCK_HEAD_BYTES,
  decodeFrame,
  encodeFrame,
  FRAME_HEAD_BYTES,
  FrameType,
  maxFrameLength,
  readBlockHead,
  writeBlockHead,
  type PeerFrame,
} from '../../src/net/peer-frames.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { anyFrame, bytes } from './arbitrary-frames.js';
import { codeThrownBy } from './thrown-by.js';

/** Decodes one whole frame, head included. */
function decodeWhole(encoded: Buffer): PeerFrame {
  return decodeFrame(encoded.readUInt8(4), encoded.subarray(FRAME_HEAD_BYTES));
}

t.test('what is encoded decodes to the same frame, with a true length, within its bound', (t) => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const encoded = encodeFrame(frame);
      const length = encoded.readUInt32BE(0);
      t.same(decodeWhole(encoded), frame);
      t.equal(length, encoded.length - 4);
      t.ok(length <= maxFrameLength(encoded.readUInt8(4), true));
    }),
  );
  t.end();
});

t.test('whatever decodes encodes to the same bytes; all else is a typed error', (t) => {
  const types = Object.values(FrameType);
  // Texts and codes are read leniently, so that a newer peer's code does not end a session.
  const lenient: readonly string[] = ['error', 'refused', 'reject'];
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...types), fc.nat(255)), bytes(0, 60), (type, payload) => {
      try {
        const frame = decodeFrame(type, payload);
        if (lenient.includes(frame.type)) return true;
        const encoded = encodeFrame(frame);
        return encoded[4] === type && encoded.subarray(FRAME_HEAD_BYTES).equals(payload);
      } catch (error) {
        return error instanceof PeerError && error.code === 'PROTOCOL_VIOLATION';
      }
    }),
    { numRuns: 2_000 },
  );
  t.end();
});

t.test('decoded frames do not share memory with the payload', (t) => {
  const encoded = encodeFrame({ type: 'opened', fileRef: 1, bits: Buffer.of(0xff) });
  const frame = decodeWhole(encoded);
  encoded.fill(0);
  t.same(frame, { type: 'opened', fileRef: 1, bits: Buffer.of(0xff) });
  t.end();
});

t.test('the bytes on the wire are these', (t) => {
  const table: readonly (readonly [PeerFrame, string])[] = [
    [{ type: 'ping' }, '0000000142'],
    [{ type: 'have', fileRef: 1, pieceIndex: 258 }, '00000009410000000100000102'],
    [
      { type: 'request', fileRef: 1, pieceIndex: 2, offset: 3, length: 4 },
      '000000110500000001000000020000000300000004',
    ],
    [
      { type: 'welcome', version: 1, maxRequests: 64, maxBlockLength: 1 << 20 },
      '00000009810001004000100000',
    ],
    [
      {
        type: 'find',
        fileRef: 1,
        nameHash: 'ab'.repeat(32),
        part: 2,
        parts: 3,
        start: 4,
        length: 5,
      },
      `0000002f0a0000000100000004020300000005${'ab'.repeat(32)}`,
    ],
    [
      {
        type: 'found',
        fileRef: 1,
        fileId: 'ab'.repeat(32),
        layout: pieceLayout(MIN_PIECE_LENGTH + 1, MIN_PIECE_LENGTH)!,
        promised: { pieceIndex: 1, length: 2 },
        bits: Buffer.of(0xc0),
      },
      `0000003a8900000001${'ab'.repeat(32)}0000000000040001000400000000000100000002c0`,
    ],
    [
      { type: 'error', code: 'BUSY', message: 'no' },
      `0000000843${Buffer.from('BUSY\nno').toString('hex')}`,
    ],
  ];
  for (const [frame, hex] of table) t.equal(encodeFrame(frame).toString('hex'), hex);
  t.end();
});

t.test('a question by name, or its answer, that cannot be is a violation', (t) => {
  const find = {
    type: 'find',
    fileRef: 1,
    nameHash: 'cd'.repeat(32),
    part: 0,
    parts: 1,
    start: 0,
    length: 9,
  } as const;
  const found: PeerFrame = {
    type: 'found',
    fileRef: 1,
    fileId: 'ab'.repeat(32),
    layout: pieceLayout(9, MIN_PIECE_LENGTH)!,
    promised: undefined,
    bits: Buffer.alloc(0),
  };
  const changed = (frame: PeerFrame, at: number, ...bytes: number[]): Buffer => {
    const payload = Buffer.from(encodeFrame(frame)).subarray(FRAME_HEAD_BYTES);
    payload.set(bytes, at);
    return payload;
  };
  const cases: readonly (readonly [string, number, Buffer])[] = [
    ['half a hash', FrameType.find, encodeFrame(find).subarray(FRAME_HEAD_BYTES, -1)],
    ['more than a hash', FrameType.find, Buffer.concat([changed(find, 0), Buffer.of(97)])],
    ['no parts', FrameType.find, changed(find, 8, 0, 0)],
    ['a part too many', FrameType.find, changed(find, 8, 1, 1)],
    ['a block too long', FrameType.find, changed(find, 10, 0xff)],
    ['half an answer', FrameType.found, changed(found, 0).subarray(0, -1)],
    ['a size too large', FrameType.found, changed(found, 36, 0xff)],
    ['too many pieces', FrameType.found, changed(found, 37, 0x10)],
    ['a piece length that is none', FrameType.found, changed(found, 47, 1)],
    ['a piece without bytes', FrameType.found, changed(found, 51, 1)],
    ['a promise too long', FrameType.found, changed(found, 52, 0xff)],
  ];
  for (const [name, type, payload] of cases)
    t.equal(
      codeThrownBy(() => decodeFrame(type, payload)),
      'PROTOCOL_VIOLATION',
      name,
    );
  t.end();
});

t.test('ranges of no byte or of too many are violations', (t) => {
  for (const length of [0, MAX_BLOCK_LENGTH + 1, 0xffff_ffff]) {
    const payload = Buffer.alloc(16);
    payload.writeUInt32BE(length, 12);
    t.equal(
      codeThrownBy(() => decodeFrame(FrameType.request, payload)),
      'PROTOCOL_VIOLATION',
    );
  }
  t.end();
});

t.test('codes that are not known become PROTOCOL_VIOLATION', (t) => {
  const text = Buffer.from('toString\nhello');
  t.same(decodeFrame(FrameType.error, text), {
    type: 'error',
    code: 'PROTOCOL_VIOLATION',
    message: 'hello',
  });
  t.match(decodeFrame(FrameType.error, Buffer.alloc(0)), { message: '' });
  const refused = Buffer.concat([Buffer.alloc(4), Buffer.from('NOPE')]);
  t.match(decodeFrame(FrameType.refused, refused), { code: 'PROTOCOL_VIOLATION' });
  t.end();
});

t.test('a long error text is cut', (t) => {
  const encoded = encodeFrame({ type: 'error', code: 'BUSY', message: 'x'.repeat(5_000) });
  t.equal(encoded.length, FRAME_HEAD_BYTES + 1024);
  t.end();
});

t.test('a block head is read as it was written', (t) => {
  const u32 = fc.nat(0xffff_ffff);
  const length = fc.integer({ min: 1, max: MAX_BLOCK_LENGTH });
  const head = fc.record({ fileRef: u32, pieceIndex: u32, offset: u32, length });
  fc.assert(
    fc.property(head, (block) => {
      const out = Buffer.alloc(BLOCK_HEAD_BYTES);
      writeBlockHead(out, block);
      t.same(readBlockHead(out), block);
      t.equal(out.readUInt32BE(0), BLOCK_HEAD_BYTES - 4 + block.length);
      t.equal(out[4], FrameType.block);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('a block of no byte or of too many is a violation', (t) => {
  for (const length of [0, 12, 13, 13 + MAX_BLOCK_LENGTH + 1, 0xffff_ffff]) {
    const head = Buffer.alloc(BLOCK_HEAD_BYTES);
    head.writeUInt32BE(length, 0);
    t.equal(
      codeThrownBy(() => readBlockHead(head)),
      'PROTOCOL_VIOLATION',
    );
  }
  t.end();
});

t.test('a block is never decoded as a frame', (t) => {
  t.equal(
    codeThrownBy(() => decodeFrame(FrameType.block, Buffer.alloc(13))),
    'PROTOCOL_VIOLATION',
  );
  t.end();
});

t.test('types that are reserved are as unknown as any other', (t) => {
  for (const type of [0x40, 0x86, 0x87]) {
    t.throws(() => decodeFrame(type, Buffer.alloc(0)), {
      code: 'PROTOCOL_VIOLATION',
      message: new RegExp(`unknown frame type 0x${type.toString(16)}`),
    });
    for (const isDone of [true, false]) t.equal(maxFrameLength(type, isDone), 0);
  }
  t.end();
});

t.test('the largest length depends on the type, and on the handshake', (t) => {
  for (const type of Object.values(FrameType)) {
    t.equal(maxFrameLength(type, false), MAX_HANDSHAKE_FRAME_BYTES);
  }
  t.equal(maxFrameLength(FrameType.block, true), 13 + MAX_BLOCK_LENGTH);
  t.equal(maxFrameLength(FrameType.opened, true), 5 + MAX_PIECE_COUNT / 8);
  t.equal(maxFrameLength(FrameType.request, true), MAX_PEER_CONTROL_FRAME_BYTES);
  t.equal(maxFrameLength(0xff, true), 0, 'a type that does not exist has no length');
  t.end();
});

t.test('a nonce or file id of the wrong size is a bug, never unset memory on the wire', (t) => {
  t.throws(() => encodeFrame({ type: 'challenge', nonce: Buffer.alloc(31) }), /^bug: /);
  t.throws(() => encodeFrame({ type: 'open', fileRef: 0, fileId: 'abc' }), /^bug: /);
  t.end();
});
