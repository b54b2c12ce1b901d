import t from 'tap';
import { FrameReader, Opcode } from '../../native-bench/tracker-load/frames.js';
import { textFrame } from '../../src/tracker/text-frame.js';

void t.test('a client reads the text as it was', (t) => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536].map((length) => 'x'.repeat(length));
  for (const text of [...texts, 'ä'.repeat(62), 'ä'.repeat(63), '€'.repeat(30_000)]) {
    const got: string[] = [];
    const reader = new FrameReader((opcode, payload) => {
      t.equal(opcode, Opcode.text);
      got.push(payload.toString('utf8'));
    });
    const frame = textFrame(text);
    t.equal(frame[0]! & 0x80, 0x80, 'in one part');
    t.equal(frame[1]! & 0x80, 0, 'without a mask');
    reader.push(frame);
    t.same(got, [text], `${Buffer.byteLength(text)} bytes`);
  }
  t.end();
});
