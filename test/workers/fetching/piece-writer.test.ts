import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { setImmediate } from 'node:timers/promises';
import { deferred, type Deferred } from '../../../src/net/deferred.js';
import { StorageError } from '../../../src/net/errors.js';
import { KiB } from '../../../src/net/limits.js';
import { ContentFile } from '../../../src/workers/disk/content-file.js';
import { createPieceHasher } from '../../../src/workers/hashing/create-piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../../../src/workers/memory/kernel-layout.js';
import { PieceSlots } from '../../../src/workers/memory/piece-slots.js';
import { PieceWriter, type PieceResult } from '../../../src/workers/fetching/piece-writer.js';
import type { DirectWrites } from '../../../src/workers/disk/content.js';
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
  const submit = (
    piece: number,
    fd = file.fd,
    spoil = false,
    direct?: DirectWrites,
  ): Promise<PieceResult> => {
    const written = new ContentFile(fd);
    const into = { write: written.write.bind(written), direct };
    const good = content.subarray(piece * PIECE, (piece + 1) * PIECE);
    const slot = slots.acquire(good.length)!;
    bytes.set(good, slot.at);
    if (spoil) bytes[slot.at]! ^= 1;
    const sha1 = createHash('sha1').update(good).digest();
    return new Promise((onDone) =>
      writer.submit({ slot, content: into, at: piece * PIECE, sha1, onDone }),
    );
  };
  return { slots, path, submit, file };
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

/** Writes past the page cache that end as they are told; `begun` are those that have not ended. */
function directWrites(most: number) {
  const begun: Deferred<boolean>[] = [];
  const write: DirectWrites['write'] = () => {
    const end = deferred<boolean>();
    begun.push(end);
    return end.promise;
  };
  return { begun, direct: { most, write } };
}

t.test('so many go past the page cache at a time, the rest goes through it', async (t) => {
  const { slots, path, submit } = await scene(t);
  const { begun, direct } = directWrites(2);
  const results = [0, 1, 2, 3].map((piece) => submit(piece, undefined, false, direct));
  t.match(await Promise.all(results.slice(2)), [{ type: 'written' }, { type: 'written' }]);
  t.equal(begun.length, 2);
  t.ok((await readFile(path)).subarray(2 * PIECE).equals(content.subarray(2 * PIECE, 4 * PIECE)));
  t.ok(slots.heldUnits > 0, 'what is under way keeps its slot');
  begun[0]!.resolve(true);
  t.match(await results[0], { type: 'written' });
  const next = submit(4, undefined, false, direct);
  begun[1]!.resolve(true);
  await results[1];
  while (begun.length < 3) await setImmediate();
  begun[2]!.resolve(true);
  t.match(await next, { type: 'written' }, 'one that ended makes room');
  t.equal(slots.heldUnits, 0);
});

t.test('what could not go past it goes through it, and a failing disk is told', async (t) => {
  const { slots, path, submit } = await scene(t);
  const { begun, direct } = directWrites(2);
  const results = [0, 1].map((piece) => submit(piece, undefined, false, direct));
  while (begun.length < 2) await setImmediate();
  begun[0]!.resolve(false);
  begun[1]!.reject(new StorageError('DISK_FULL', 'no room'));
  t.match(await results[0], { type: 'written' });
  t.match(await results[1], { type: 'storage-failed', error: { code: 'DISK_FULL' } });
  t.ok((await readFile(path)).equals(content.subarray(0, PIECE)));
  t.equal(slots.heldUnits, 0);
});

t.test('bytes that do not match go nowhere', async (t) => {
  const { submit } = await scene(t);
  const { begun, direct } = directWrites(2);
  t.match(await submit(0, undefined, true, direct), { type: 'mismatch' });
  t.equal(begun.length, 0);
});
