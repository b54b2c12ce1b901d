/**
 * How fast one thread hashes pieces in place, without reading anything: what all threads
 * together are held against. Run: node engine-rate.js BYTES ENGINE
 */
import { randomFillSync } from 'node:crypto';
import { MiB } from '../src/net/limits.js';
import type { HasherName } from '../src/workers/messages/thread.js';
import { createPieceHasher } from '../src/workers/hashing/create-piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../src/workers/memory/kernel-layout.js';
import { createSlotMemory } from '../src/workers/memory/slot-memory.js';

const PIECES_PER_CALL = 4;
const WARM_UP_CALLS = 16;

const [bytes, engine] = process.argv.slice(2);
const memory = createSlotMemory(PIECES_PER_CALL * MiB);
randomFillSync(new Uint8Array(memory.buffer));
const hasher = await createPieceHasher(engine as HasherName, memory);
const digests = new Uint8Array(20 * PIECES_PER_CALL);
const inputs = Array.from({ length: PIECES_PER_CALL }, (_, index) => {
  return { at: KERNEL_RESERVED_BYTES + index * MiB, length: MiB };
});
for (let call = 0; call < WARM_UP_CALLS; call++) hasher.sha1(inputs, digests);
const startedMs = performance.now();
const callCount = Number(bytes) / (PIECES_PER_CALL * MiB);
for (let call = 0; call < callCount; call++) hasher.sha1(inputs, digests);
const steadyMs = performance.now() - startedMs;
process.stdout.write(`${JSON.stringify({ steadyMs })}\n`);
