import fc from 'fast-check';
import t from 'tap';
import { PeerError } from '../../src/net/errors.js';
import { FrameReader } from '../../src/net/frame-reader.js';
import { MAX_HANDSHAKE_FRAME_BYTES, MAX_PEER_CONTROL_FRAME_BYTES } from '../../src/net/limits.js';
import { encodeFrame, FrameType, type PeerFrame } from '../../src/net/peer-frames.js';
import { anyFrame } from './arbitrary-frames.js';
import { codeThrownBy } from './thrown-by.js';

/** A head with any length field and type. */
function head(length: number, type: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(type, 4);
  return bytes;
}

/** Frames read from a stream cut into chunks at the given places, and the code it ended with. */
function read(
  stream: Buffer,
  cuts: readonly number[],
): { frames: PeerFrame[]; code: string | undefined } {
  const frames: PeerFrame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  reader.onHandshakeDone();
  const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
  edges.sort((a, b) => a - b);
  const code = codeThrownBy(() => {
    for (let at = 1; at < edges.length; at++) {
      // A copy that is wiped after use, as the socket's buffer would be.
      const chunk = Buffer.from(stream.subarray(edges[at - 1], edges[at]));
      reader.push(chunk);
      chunk.fill(0xee);
    }
  });
  return { frames, code };
}

t.test('any split of the stream gives the same frames', (t) => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.nat()), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(encodeFrame));
      t.same(read(stream, cuts), { frames, code: undefined });
    }),
    { numRuns: 60 },
  );
  t.end();
});

t.test('byte by byte gives the same frames', (t) => {
  const frames: PeerFrame[] = [
    { type: 'ping' },
    { type: 'close', fileRef: 7 },
    { type: 'opened', fileRef: 1, bits: Buffer.alloc(0) },
    { type: 'ping' },
  ];
  const stream = Buffer.concat(frames.map(encodeFrame));
  t.same(read(stream, [...stream.keys()]).frames, frames);
  t.end();
});

t.test('garbage gives a typed error, the same one for any split', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.array(fc.nat()), (garbage, cuts) => {
      const stream = Buffer.from(garbage);
      const whole = read(stream, []);
      t.ok(whole.code === undefined || whole.code === 'PROTOCOL_VIOLATION');
      t.same(read(stream, cuts), whole);
    }),
    { numRuns: 60 },
  );
  t.end();
});

t.test('before the handshake is done only small frames are taken', (t) => {
  const frames: PeerFrame[] = [];
  const make = () => new FrameReader((frame) => frames.push(frame));
  const large = encodeFrame({ type: 'ticket', ticket: Buffer.alloc(MAX_HANDSHAKE_FRAME_BYTES) });
  t.equal(
    codeThrownBy(() => make().push(large.subarray(0, 5))),
    'PROTOCOL_VIOLATION',
  );

  const reader = make();
  reader.onHandshakeDone();
  reader.push(large);
  t.equal(frames.length, 1);
  t.end();
});

t.test('the handshake may end within a chunk', (t) => {
  const frames: PeerFrame[] = [];
  const reader: FrameReader = new FrameReader((frame) => {
    frames.push(frame);
    if (frame.type === 'hello') reader.onHandshakeDone();
  });
  const empty = Buffer.alloc(0);
  const hello = {
    type: 'hello',
    version: 1,
    ticket: empty,
    publicKey: empty,
    signature: empty,
  } as const;
  const large = { type: 'opened', fileRef: 0, bits: Buffer.alloc(100_000, 0xff) } as const;
  reader.push(Buffer.concat([encodeFrame(hello), encodeFrame(large)]));
  t.same(frames, [hello, large]);
  t.end();
});

const violations: readonly (readonly [string, Buffer])[] = [
  ['a block', head(1 + 12 + 1, FrameType.block)],
  ['a frame without a type', head(0, FrameType.ping)],
  ['a control frame past its bound', head(MAX_PEER_CONTROL_FRAME_BYTES + 1, FrameType.ticket)],
  ['a bitfield past its bound', head(1 << 20, FrameType.opened)],
  ['the largest length there is', head(0xffff_ffff, FrameType.ping)],
  ['an unknown type', head(1, 0x7f)],
  ['an unknown type that announces a payload', head(1_000, 0x7f)],
  ['a reserved type that announces a payload', head(1_000, 0x86)],
  ['a ping with a payload', Buffer.concat([head(2, FrameType.ping), Buffer.of(0)])],
];

for (const [what, bytes] of violations) {
  t.test(`${what} is a violation as soon as its head is there, and ends the reading`, (t) => {
    const frames: PeerFrame[] = [];
    const reader = new FrameReader((frame) => frames.push(frame));
    reader.onHandshakeDone();
    t.equal(
      codeThrownBy(() => reader.push(bytes)),
      'PROTOCOL_VIOLATION',
    );
    reader.push(encodeFrame({ type: 'ping' }));
    t.same(frames, []);
    t.end();
  });
}

t.test('after stop nothing more is reported, not even from the same chunk', (t) => {
  let count = 0;
  const reader: FrameReader = new FrameReader(() => {
    count++;
    reader.stop();
  });
  const ping = encodeFrame({ type: 'ping' });
  reader.push(Buffer.concat([ping, ping]));
  reader.push(ping);
  t.equal(count, 1);
  t.end();
});

t.test('an error of the listener ends the reading', (t) => {
  const reader = new FrameReader(() => {
    throw new PeerError('TICKET_INVALID', 'no');
  });
  const ping = encodeFrame({ type: 'ping' });
  t.equal(
    codeThrownBy(() => reader.push(ping)),
    'TICKET_INVALID',
  );
  t.equal(
    codeThrownBy(() => reader.push(ping)),
    undefined,
  );
  t.end();
});

t.test('feeding a reader from its own callback is a bug', (t) => {
  const ping = encodeFrame({ type: 'ping' });
  const reader: FrameReader = new FrameReader(() => reader.push(ping));
  t.throws(() => reader.push(ping), /^bug: /);
  t.end();
});
