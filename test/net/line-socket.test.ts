import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import { readLines, writeLine } from '../../src/net/line-socket.js';

/** What the lines are when the bytes arrive in these pieces. */
function linesOf(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const stream = new PassThrough();
  readLines(stream as unknown as Socket, (line) => void lines.push(line));
  for (const piece of pieces) stream.emit('data', Buffer.from(piece));
  return lines;
}

t.test('lines are the same however the bytes are split', (t) => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(9)), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
      pieces.push(bytes.subarray(at));
      const found = linesOf(pieces);
      t.same(
        found,
        lines.filter((text) => text !== ''),
      );
    }),
  );
  t.end();
});

t.test('what is written to a stream that has ended is dropped', (t) => {
  const stream = new PassThrough();
  writeLine(stream as unknown as Socket, 'x');
  t.equal(String(stream.read()), 'x\n');
  stream.end();
  writeLine(stream as unknown as Socket, 'y');
  t.equal(stream.read(), null);
  t.end();
});
