import t from 'tap';
import { KiB } from '../../../src/net/limits.js';
import { PieceSlots } from '../../../src/workers/memory/piece-slots.js';

const PAGE = 64 * KiB;
const slotsOf = (pages: number): PieceSlots =>
  new PieceSlots(new WebAssembly.Memory({ initial: pages + 1, maximum: pages + 1 }), PAGE);

t.test('slots never overlap and lie behind the reserved bytes', async (t) => {
  const slots = slotsOf(8);
  const held = [slots.acquire(PAGE), slots.acquire(3 * PAGE), slots.acquire(1)];
  t.same(held, [
    { at: PAGE, length: PAGE },
    { at: 2 * PAGE, length: 3 * PAGE },
    { at: 5 * PAGE, length: 1 },
  ]);
  t.equal(slots.acquire(4 * PAGE), undefined, 'no room for that much in one run');
  slots.release(held[1]!);
  t.same(slots.acquire(2 * PAGE), { at: 2 * PAGE, length: 2 * PAGE }, 'first fit');
});

t.test('who waits for room is called once', async (t) => {
  const slots = slotsOf(1);
  const slot = slots.acquire(PAGE)!;
  const calls: string[] = [];
  const forgotten = (): void => void calls.push('forgotten');
  slots.whenFree(() => void calls.push('first'));
  slots.whenFree(forgotten);
  slots.forget(forgotten);
  slots.release(slot);
  t.same(calls, ['first']);
  slots.release(slots.acquire(PAGE)!);
  t.same(calls, ['first']);
});

t.test('releasing twice is a bug that names itself', async (t) => {
  const slots = slotsOf(1);
  const slot = slots.acquire(PAGE)!;
  slots.release(slot);
  t.throws(() => slots.release(slot), /released twice/);
});
