import t from 'tap';
import { KiB } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { PieceSlots } from '../../../src/workers/memory/piece-slots.js';
import { RequestPipeline, type Block } from '../../../src/workers/fetching/request-pipeline.js';

const PIECE = 256 * KiB;
const BLOCK = 128 * KiB;

function scene(pieces: readonly number[], slotBytes = 4 * PIECE) {
  const pages = slotBytes / (64 * KiB);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const slots = new PieceSlots(memory, 0);
  const layout = pieceLayout(3 * PIECE + 10, PIECE)!;
  const pipeline = new RequestPipeline(layout, slots);
  pipeline.enqueue(pieces);
  const next = (): Block => {
    const block = pipeline.next(BLOCK);
    if (typeof block === 'string') throw new Error(block);
    return block;
  };
  return { slots, pipeline, next };
}

t.test('pieces are requested in order, block by block, the last one short', async (t) => {
  const { pipeline, next } = scene([1, 3]);
  t.same(next(), { pieceIndex: 1, offset: 0, length: BLOCK });
  t.same(next(), { pieceIndex: 1, offset: BLOCK, length: BLOCK });
  t.same(next(), { pieceIndex: 3, offset: 0, length: 10 });
  t.equal(pipeline.next(BLOCK), 'nothing');
  t.equal(pipeline.inFlightCount, 3);
  t.equal(pipeline.inFlightBytes, PIECE + 10);
});

t.test('a piece is complete with its last block, in whatever order they come', async (t) => {
  const { pipeline, slots, next } = scene([0]);
  const [first, second] = [next(), next()];
  t.equal(pipeline.place(second), BLOCK);
  t.equal(pipeline.onBlock(second), undefined);
  const slot = pipeline.onBlock(first);
  t.same(slot, { at: 0, length: PIECE });
  t.ok(pipeline.isIdle);
  t.ok(slots.heldUnits > 0, 'the slot is handed on, not released');
});

t.test('a block that was never requested costs the peer', async (t) => {
  const { pipeline, next } = scene([0]);
  const block = next();
  for (const wrong of [
    { ...block, pieceIndex: 1 },
    { ...block, offset: 1 },
    { ...block, length: 5 },
  ]) {
    t.throws(() => pipeline.place(wrong), { code: 'PROTOCOL_VIOLATION' });
    t.throws(() => pipeline.onReject(wrong), { code: 'PROTOCOL_VIOLATION' });
  }
  pipeline.onBlock(block);
  t.throws(() => pipeline.place(block), { code: 'PROTOCOL_VIOLATION' }, 'nor one that came before');
});

t.test('a slot is held until every request of its piece was answered', async (t) => {
  const { pipeline, slots, next } = scene([0, 1]);
  const [first, second] = [next(), next()];
  t.same(pipeline.giveUp([0, 1, 2]), { returned: [1, 0], cancelled: [first, second] });
  t.equal(pipeline.place(first), undefined, 'what still comes is discarded');
  t.equal(pipeline.onBlock(first), undefined);
  t.ok(slots.heldUnits > 0);
  t.equal(pipeline.onReject(second), 'nothing', 'the piece was given up before');
  t.equal(slots.heldUnits, 0);
  t.same(pipeline.giveUp([0]), { returned: [], cancelled: [] });
});

t.test('a rejected block takes the whole piece back, once', async (t) => {
  const { pipeline, next } = scene([0]);
  const [first, second] = [next(), next()];
  t.equal(pipeline.onReject(first), 'given-up');
  t.equal(pipeline.onReject(second), 'nothing');
  t.ok(pipeline.isIdle);
});

t.test(
  'what was rejected for a recall in vain is asked for again, as a block and nothing else',
  async (t) => {
    const { pipeline, next } = scene([0]);
    const [first, second] = [next(), next()];
    t.same(pipeline.recall([0]).cancelled, [first, second]);
    pipeline.onBlock(first);
    const rejection = { type: 'reject', fileRef: 7, code: 'REQUEST_CANCELLED', ...second };
    t.equal(pipeline.onReject(rejection, true), 'nothing');
    t.strictSame(next(), second, 'nothing of the frame that rejected it');
    t.strictSame(pipeline.giveUp([0]).cancelled, [second]);
  },
);

t.test('without room it says so, and closing releases everything', async (t) => {
  const { pipeline, slots, next } = scene([0, 1], PIECE);
  next();
  next();
  t.equal(pipeline.next(BLOCK), 'no-slot');
  pipeline.close();
  t.equal(slots.heldUnits, 0);
  t.equal(pipeline.inFlightCount, 0);
});
