import { createHash, randomFillSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { KiB, MiB } from '../../../src/net/limits.js';
import type { HasherName } from '../../../src/workers/messages/thread.js';
import { createPieceHasher } from '../../../src/workers/hashing/create-piece-hasher.js';
import type { HashInput, PieceHasher } from '../../../src/workers/hashing/piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../../../src/workers/memory/kernel-layout.js';
import { createSlotMemory } from '../../../src/workers/memory/slot-memory.js';
import { testFolder } from '../../fixtures/test-folder.js';

const ENGINES: readonly HasherName[] = ['wasm', 'hash-wasm', 'native'];
const SLOT_BYTES = 3 * MiB;
const LENGTHS = [
  1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 121, 127, 128, 129, 1023, 1024, 1025, 262_143, 262_144,
];
/** Not a multiple of anything that loads like. */
const ODD_START = KERNEL_RESERVED_BYTES + 13;

const memory = createSlotMemory(SLOT_BYTES);
const bytes = new Uint8Array(memory.buffer);
randomFillSync(bytes);

function expected(inputs: readonly HashInput[]): string[] {
  return inputs.map(({ at, length }) =>
    createHash('sha1')
      .update(bytes.subarray(at, at + length))
      .digest('hex'),
  );
}

function hashed(hasher: PieceHasher, inputs: readonly HashInput[]): string[] {
  const digests = new Uint8Array(20 * inputs.length);
  hasher.sha1(inputs, digests);
  return inputs.map((_, i) => Buffer.from(digests.subarray(20 * i, 20 * i + 20)).toString('hex'));
}

/** Inputs one after the other, `gap` bytes apart. */
function layOut(lengths: readonly number[], gap: number): HashInput[] {
  let at = ODD_START;
  return lengths.map((length) => {
    const input = { at, length };
    at += length + gap;
    return input;
  });
}

for (const engine of ENGINES) {
  t.test(`engine ${engine}`, async (t) => {
    const hasher = await createPieceHasher(engine, memory);
    t.equal(hasher.name, engine, 'is what was asked for (npm run build makes the kernel)');
    t.equal(hasher.fallbackReason, undefined);

    t.test('gives the digests of FIPS 180', (t) => {
      const vectors: readonly (readonly [message: string, digest: string])[] = [
        ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
        [
          'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
          '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
        ],
        ['a'.repeat(1_000_000), '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
      ];
      for (const [message, digest] of vectors) {
        bytes.set(Buffer.from(message), ODD_START);
        t.same(hashed(hasher, [{ at: ODD_START, length: message.length }]), [digest]);
      }
      t.end();
    });

    t.test('agrees with node:crypto on one to nine equal inputs of every length', (t) => {
      for (const length of LENGTHS) {
        for (let count = 1; count <= 9; count++) {
          const inputs = layOut(Array<number>(count).fill(length), 7);
          t.strictSame(hashed(hasher, inputs), expected(inputs), `${count} of ${length} bytes`);
        }
      }
      t.end();
    });

    t.test('agrees with node:crypto on any mix of lengths and offsets', (t) => {
      const length = fc.oneof(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 65_536 }),
        fc.constantFrom(...LENGTHS),
      );
      const lengths = fc.array(length, { minLength: 1, maxLength: 9 });
      fc.assert(
        fc.property(lengths, fc.integer({ min: 0, max: 100 }), (lengths, gap) => {
          const inputs = layOut(lengths, gap);
          t.strictSame(hashed(hasher, inputs), expected(inputs));
        }),
        { numRuns: 200, seed: 180 },
      );
      t.end();
    });

    t.test('hashes the last byte of the memory, and pieces whose size is not equal', (t) => {
      const last = { at: bytes.length - MiB, length: MiB };
      const inputs = [last, ...layOut([MiB, MiB - 1, 100], 0)];
      t.same(hashed(hasher, inputs), expected(inputs));
      t.end();
    });

    t.test('leaves everything outside the reserved bytes as it was', (t) => {
      const before = bytes.slice(KERNEL_RESERVED_BYTES);
      hashed(hasher, layOut([65, 1000, 63, 128, 300_000], 1));
      t.ok(Buffer.compare(before, bytes.subarray(KERNEL_RESERVED_BYTES)) === 0);
      t.end();
    });

    t.test('writes digests into a part of shared memory', (t) => {
      const shared = new Uint8Array(new SharedArrayBuffer(100)).subarray(10, 90);
      const inputs = layOut([5000, 5000], 0);
      hasher.sha1(inputs, shared);
      t.equal(Buffer.from(shared.subarray(0, 40)).toString('hex'), expected(inputs).join(''));
      t.ok(shared.subarray(40).every((byte) => byte === 0));
      t.end();
    });

    t.test('does nothing for no inputs', (t) => {
      t.same(hashed(hasher, []), []);
      t.end();
    });

    t.test('refuses addresses outside the slots and too little room for digests', (t) => {
      const room = new Uint8Array(20);
      const wrong: readonly HashInput[] = [
        { at: KERNEL_RESERVED_BYTES, length: 0 },
        { at: KERNEL_RESERVED_BYTES - 1, length: 64 },
        { at: bytes.length - 63, length: 64 },
        { at: ODD_START + 0.5, length: 64 },
        { at: ODD_START, length: 0.5 },
        { at: Number.NaN, length: 64 },
      ];
      for (const input of wrong) t.throws(() => hasher.sha1([input], room), /bug: /);
      const two = layOut([64, 64], 0);
      t.throws(() => hasher.sha1(two, room), /bug: /);
      t.same(hashed(hasher, two), expected(two), 'and works on');
      t.end();
    });
  });
}

t.test('two hashers in two memories do not disturb each other', async (t) => {
  const other = createSlotMemory(64 * KiB);
  const [mine, theirs] = [
    await createPieceHasher('wasm', memory),
    await createPieceHasher('wasm', other),
  ];
  const inputs = layOut([200, 300, 400, 500], 0);
  const digests = hashed(mine, inputs);
  hashed(theirs, inputs);
  t.same(hashed(mine, inputs), digests);
});

t.test('wasm falls back to hash-wasm when the kernel was not built', async (t) => {
  const missing = pathToFileURL(`${testFolder(t)}/sha1.wasm`);
  const hasher = await createPieceHasher('wasm', memory, missing);
  t.equal(hasher.name, 'hash-wasm');
  t.match(hasher.fallbackReason, /npm run build/);
  const inputs = layOut([100, 200], 0);
  t.same(hashed(hasher, inputs), expected(inputs));
});

t.test('wasm falls back to hash-wasm when the machine cannot run the kernel', async (t) => {
  const folder = testFolder(t, { 'sha1.wasm': 'not a module' });
  const hasher = await createPieceHasher('wasm', memory, pathToFileURL(`${folder}/sha1.wasm`));
  t.equal(hasher.name, 'hash-wasm');
  t.match(hasher.fallbackReason, /cannot run the SHA-1 kernel/);
});

t.test(
  'wasm falls back to hash-wasm when the system does not let the kernel be read',
  async (t) => {
    const hasher = await createPieceHasher('wasm', memory, pathToFileURL(testFolder(t)));
    t.equal(hasher.name, 'hash-wasm');
    t.match(hasher.fallbackReason, /cannot be loaded: it is a folder/);
  },
);

t.test('without room for WebAssembly every engine gives way to native', async (t) => {
  const plain = { buffer: new SharedArrayBuffer(64 * KiB) };
  const bytes = Buffer.from(plain.buffer).fill(7);
  for (const engine of ['wasm', 'hash-wasm', 'native'] as const) {
    const hasher = await createPieceHasher(engine, plain);
    t.equal(hasher.name, 'native');
    const digests = new Uint8Array(20);
    hasher.sha1([{ at: 4096, length: 500 }], digests);
    const sha1 = createHash('sha1').update(bytes.subarray(4096, 4596)).digest();
    t.same(Buffer.from(digests), sha1);
  }
});
