/** What is written past the page cache, and what is left to the caller. */
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createDirectCell, endDirectWriting } from '../../../src/net/direct-writing.js';
import { DIRECT_BLOCK_BYTES } from '../../../src/net/limits.js';
import { ContentFile } from '../../../src/workers/disk/content-file.js';
import { DirectFile } from '../../../src/workers/disk/direct-file.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const BLOCK = DIRECT_BLOCK_BYTES;
const sample = sampleBytes(4 * BLOCK);

/** Four blocks that begin at a page, as the slots of a thread do. */
function pages(): Buffer {
  const memory = Buffer.from(new WebAssembly.Memory({ initial: 1, maximum: 1 }).buffer);
  sample.copy(memory);
  return memory;
}

function scene(t: Test) {
  const path = join(testFolder(t, { file: Buffer.alloc(6 * BLOCK) }), 'file');
  const fd = openSync(path, 'r+');
  t.teardown(() => closeSync(fd));
  const cell = createDirectCell();
  const file = new DirectFile(fd, { cell, mostWrites: 2 });
  t.teardown(() => file.close());
  return { path, fd, cell, file, bytes: pages() };
}

/** Whether the folder of the tests is on a file system that takes such writes. */
function takesThem(): boolean {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_DIRECT;
  const path = join(testFolder(t, {}), 'trial');
  try {
    const fd = openSync(path, flags, 0o600);
    try {
      return writeSync(fd, pages(), 0, BLOCK, 0) === BLOCK;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

const skip = process.platform === 'linux' && takesThem() ? false : 'no such writes here';

t.test(
  'whole blocks are written where they belong, the rest is the caller’s',
  { skip },
  async (t) => {
    const { path, file, bytes } = scene(t);
    t.equal(file.most, 2);
    t.equal(await file.write(2 * BLOCK, bytes, BLOCK, 2 * BLOCK), true);
    for (const [at, from, length] of [
      [1, 0, BLOCK],
      [0, 512, BLOCK],
      [0, 0, BLOCK - 1],
    ] as const)
      t.equal(file.write(at, bytes, from, length), undefined, `${at}, ${from}, ${length}`);
    const written = readFileSync(path);
    t.ok(written.subarray(2 * BLOCK, 4 * BLOCK).equals(sample.subarray(BLOCK, 3 * BLOCK)));
    t.ok(written.subarray(0, 2 * BLOCK).every((byte) => byte === 0));
  },
);

t.test('what is under way when it is closed ends, and nothing stays open', { skip }, async (t) => {
  const { path, file, bytes } = scene(t);
  const before = openDescriptors();
  for (let round = 0; round < 2; round++) {
    const writing = file.write(round * BLOCK, bytes, round * BLOCK, BLOCK);
    file.close();
    file.close();
    t.equal(await writing, true);
  }
  t.same(openDescriptors(), before);
  t.ok(
    readFileSync(path)
      .subarray(0, 2 * BLOCK)
      .equals(sample.subarray(0, 2 * BLOCK)),
  );
});

t.test('once somebody reads it nothing goes past the cache', { skip }, async (t) => {
  const { file, bytes, cell } = scene(t);
  t.equal(await file.write(0, bytes, 0, BLOCK), true);
  endDirectWriting(cell);
  t.equal(file.write(0, bytes, 0, BLOCK), undefined);
});

t.test('where it cannot be opened it is the caller’s for good', (t) => {
  const { cell, bytes } = scene(t);
  const gone = new DirectFile(1_000_000, { cell, mostWrites: 1 });
  for (let round = 0; round < 2; round++) t.equal(gone.write(0, bytes, 0, BLOCK), undefined);
  t.end();
});

t.test('what the file system does not take of it is the caller’s', { skip }, async (t) => {
  const { file, bytes } = scene(t);
  // Memory that begins in the middle of a page, but does not say so.
  const odd = bytes.subarray(100, 100 + BLOCK);
  Object.defineProperty(odd, 'byteOffset', { value: 0 });
  Object.defineProperty(odd, 'subarray', { value: () => bytes.subarray(100, 100 + BLOCK) });
  t.equal(await file.write(0, odd, 0, BLOCK), false);
  t.equal(file.write(0, bytes, 0, BLOCK), undefined, 'for good');
});

t.test('a content of one file has both ways', { skip }, async (t) => {
  const { path, fd, cell, bytes } = scene(t);
  t.equal(new ContentFile(fd).direct, undefined);
  const content = new ContentFile(fd, { cell, mostWrites: 2 });
  t.equal(await content.direct?.write(BLOCK, bytes, 0, 2 * BLOCK), true);
  content.write(3 * BLOCK, bytes, 2 * BLOCK, BLOCK + 100);
  const into = Buffer.alloc(BLOCK);
  content.read(2 * BLOCK, into, 0, BLOCK);
  content.close();
  t.ok(into.equals(sample.subarray(BLOCK, 2 * BLOCK)));
  const written = readFileSync(path);
  t.ok(written.subarray(BLOCK, 4 * BLOCK + 100).equals(sample.subarray(0, 3 * BLOCK + 100)));
});

function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`));
}
