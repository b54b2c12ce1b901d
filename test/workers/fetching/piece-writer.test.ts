import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB } from '../../../src/net/limits.js';
import { ContentFile } from '../../../src/workers/disk/content-file.js';
import { createPieceHasher } from '../../../src/workers/hashing/create-piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../../../src/workers/memory/kernel-layout.js';
import { PieceSlots } from '../../../src/workers/memory/piece-slots.js';
import { PieceWriter, type PieceResult } from '../../../src/workers/fetching/piece-writer.js';
import { createSlotMemory } from '../../../src/workers/memory/slot-memory.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
const content = sampleBytes(5 * PIECE + 99);

async function scene(t: Test) {
  const memory = createSlotMemory(8 * PIECE);
  const bytes = Buffer.from(memory.buffer);
  const slots = new PieceSlots(memory, KERNEL_RESERVED_BYTES);
  const writer = new PieceWriter(await createPieceHasher('wasm', memory), bytes, slots);
  const path = join(testFolder(t), 'file.part');
  const file = await open(path, 'wx+');
  t.teardown(() => file.close());
  const submit = (piece: number, fd = file.fd, spoil = false): Promise<PieceResult> => {
    const good = content.subarray(piece * PIECE, (piece + 1) * PIECE);
    const slot = slots.acquire(good.length)!;
    bytes.set(good, slot.at);
    if (spoil) bytes[slot.at]! ^= 1;
    const sha1 = createHash('sha1').update(good).digest();
    return new Promise((onDone) =>
      writer.submit({ slot, content: new ContentFile(fd), at: piece * PIECE, sha1, onDone }),
    );
  };
  return { slots, path, submit };
}

t.test('pieces go to their place in the file, whatever their order and number', async (t) => {
  const { slots, path, submit } = await scene(t);
  const results = await Promise.all([5, 2, 0, 4, 1].map((piece) => submit(piece)));
  t.ok(results.every(({ type }) => type === 'written'));
  t.match(await submit(3), { type: 'written' }, 'also one alone');
  t.ok((await readFile(path)).equals(content));
  t.equal(slots.heldUnits, 0);
});

t.test('bytes that do not match never reach the disk', async (t) => {
  const { slots, path, submit } = await scene(t);
  const results = await Promise.all([submit(0), submit(1, undefined, true)]);
  t.match(results, [{ type: 'written' }, { type: 'mismatch' }]);
  t.equal((await readFile(path)).length, PIECE);
  t.equal(slots.heldUnits, 0);
});

t.test('a failing disk is reported and gives the slot back', async (t) => {
  const { slots, path, submit } = await scene(t);
  const readOnly = await open(path, 'r');
  t.teardown(() => readOnly.close());
  t.match(await submit(0, readOnly.fd), { type: 'storage-failed', error: { code: 'IO_ERROR' } });
  t.equal(slots.heldUnits, 0);
});
