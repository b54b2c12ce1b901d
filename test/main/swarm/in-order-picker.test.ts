import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { IN_ORDER_WINDOW_BYTES, IN_ORDER_WINDOW_PIECES, MiB } from '../../../src/net/limits.js';
import { InOrderPicker } from '../../../src/main/swarm/in-order-picker.js';
import type { PieceSource } from '../../../src/main/swarm/piece-picker.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';
import { bitsOf, layoutOf } from './fake-swarm.js';

const COUNT = 1_000;

function source(bits: Bitfield, except: readonly number[] = []): PieceSource {
  return { bits, mayFetch: (piece) => !except.includes(piece) };
}

/** A picker over a table of whole megabytes; what is beyond the window is said to be piece `beyond`. */
function scene(verified: readonly number[] = [], beyond: number | undefined = undefined) {
  const layout = layoutOf(COUNT);
  const table = new PieceTable(layout, bitsOf(COUNT, verified));
  const window = Math.max(
    IN_ORDER_WINDOW_PIECES,
    Math.ceil(IN_ORDER_WINDOW_BYTES / layout.pieceLength),
  );
  return { table, window, picker: new InOrderPicker(table, { pick: () => beyond }) };
}

t.test('pieces come in the order of the file, without what is verified', async (t) => {
  const { table, picker } = scene([0, 1, 3]);
  const order: number[] = [];
  for (let count = 0; count < 4; count++) {
    const piece = picker.pick(source(Bitfield.full(COUNT)))!;
    table.assign(piece, 'ann');
    order.push(piece);
  }
  t.strictSame(order, [2, 4, 5, 6]);
});

t.test('what is given back is the next to be picked', async (t) => {
  const { table, picker } = scene();
  for (const piece of [0, 1, 2]) table.assign(piece, 'ann');
  table.release(1, 'ann');
  t.equal(picker.pick(source(Bitfield.full(COUNT))), 1);
});

t.test('nothing beyond the window is given to who could help with it', async (t) => {
  const { table, picker, window } = scene([], 900);
  const all = source(Bitfield.full(COUNT));
  for (let piece = 0; piece < window; piece++) table.assign(piece, 'slow');
  t.equal(picker.pick(all), undefined, 'though there is more');
  table.verify(0);
  t.equal(picker.pick(all), window, 'the window moves with the verified beginning');
});

t.test('who has nothing of the window gets what it has', async (t) => {
  const { table, picker, window } = scene([], 900);
  for (let piece = 0; piece < window; piece++) table.assign(piece, 'slow');
  t.equal(picker.pick(source(bitsOf(COUNT, [900]))), 900);
  t.equal(
    picker.pick(
      source(
        Bitfield.full(COUNT),
        Array.from({ length: window }, (_, i) => i),
      ),
    ),
    900,
  );
});

t.test('the window ends with the file', async (t) => {
  const verified = Array.from({ length: COUNT - 1 }, (_, piece) => piece);
  const { table, picker } = scene(verified);
  t.equal(table.leading, COUNT - 1);
  const all = source(Bitfield.full(COUNT));
  t.equal(picker.pick(all), COUNT - 1);
  table.verify(COUNT - 1);
  t.equal(table.leading, COUNT);
  t.equal(picker.pick(all), undefined);
});

t.test('a window holds some pieces, however long they are', async (t) => {
  const layout = { ...layoutOf(COUNT), pieceLength: 16 * MiB };
  const table = new PieceTable(layout);
  const picker = new InOrderPicker(table, { pick: () => undefined });
  const got: number[] = [];
  for (;;) {
    const piece = picker.pick(source(Bitfield.full(COUNT)));
    if (piece === undefined) break;
    table.assign(piece, 'ann');
    got.push(piece);
  }
  t.equal(got.length, IN_ORDER_WINDOW_PIECES);
});
