import t from 'tap';
import fc from 'fast-check';
import {
  FrameReader,
  Opcode,
  pongFrame,
  textFrame,
} from '../../../native-bench/tracker-load/frames.js';

/** As a server sends it: without a mask. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length <= 0xffff ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = payload.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, payload]);
}

void t.test('a text is one masked frame, short or long', (t) => {
  for (const length of [0, 1, 125, 126, 4_000, 65_535]) {
    const text = 'x'.repeat(length);
    const frame = textFrame(text);
    const head = length < 126 ? 2 : 4;
    t.equal(frame[0], 0x81);
    t.equal(frame[1]! & 0x80, 0x80, 'masked');
    t.same([...frame.subarray(head, head + 4)], [0, 0, 0, 0], 'with nothing');
    t.equal(frame.toString('latin1', head + 4), text);
  }
  t.throws(() => textFrame('x'.repeat(65_536)));
  t.end();
});

void t.test('a pong has what the ping had', (t) => {
  const frame = pongFrame(Buffer.from('abc'));
  t.equal(frame[0], 0x8a);
  t.equal(frame.toString('latin1', 6), 'abc');
  t.end();
});

void t.test('any split of the stream gives the same frames', (t) => {
  const sizes = fc.array(fc.constantFrom(0, 3, 125, 126, 300, 70_000), { maxLength: 5 });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(sizes, cuts, (lengths, parts) => {
      const sent = lengths.map((length, n) => ({
        opcode: n % 2 === 0 ? Opcode.text : Opcode.ping,
        payload: Buffer.alloc(length, n + 1),
      }));
      const bytes = Buffer.concat(sent.map(({ opcode, payload }) => serverFrame(opcode, payload)));
      const got: { opcode: number; payload: Buffer }[] = [];
      const reader = new FrameReader((opcode, payload) => {
        got.push({ opcode, payload: Buffer.from(payload) });
      });
      const at = parts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
      for (const [n, from] of [0, ...at].entries()) reader.push(bytes.subarray(from, at[n]));
      return (
        got.length === sent.length &&
        got.every(
          ({ opcode, payload }, n) =>
            opcode === sent[n]!.opcode && payload.equals(sent[n]!.payload),
        )
      );
    }),
  );
  t.end();
});
