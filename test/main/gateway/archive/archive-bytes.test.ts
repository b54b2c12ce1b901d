import fc from 'fast-check';
import t from 'tap';
import {
  archiveBytes,
  archiveLength,
  type FolderBytes,
} from '../../../../src/main/gateway/archive/archive-bytes.js';
import { tarForm } from '../../../../src/main/gateway/archive/tar-form.js';
import { zipForm } from '../../../../src/main/gateway/archive/zip-form.js';
import { deferred } from '../../../../src/net/deferred.js';
import { StorageError } from '../../../../src/net/errors.js';
import { GUEST_BUFFER_BYTES, KiB } from '../../../../src/net/limits.js';
import { archiveOf, bytesOfTree, collected } from '../../../fixtures/archived-folder.js';
import { sampleBytes } from '../../../fixtures/sample-bytes.js';

const tree = {
  'a large': sampleBytes(600 * KiB + 3, 'large'),
  b: Buffer.from('b'),
  'c/empty/': Buffer.alloc(0),
  d: sampleBytes(40 * KiB, 'd'),
};

t.test('any part of a tar file is that part of the whole', async (t) => {
  const archive = archiveOf(tarForm, tree);
  const end = await archiveLength(archive);
  const whole = await collected(archive, bytesOfTree(archive, tree), { first: 0, end });
  t.equal(whole.length, end);
  const place = fc.nat({ max: end - 1 });
  await fc.assert(
    fc.asyncProperty(
      place,
      place,
      fc.integer({ min: 5_000, max: 3e5 }),
      async (one, other, most) => {
        const span = { first: Math.min(one, other), end: Math.max(one, other) + 1 };
        const part = await collected(archive, bytesOfTree(archive, tree, most), span);
        if (!part.equals(whole.subarray(span.first, span.end))) throw new Error('another part');
      },
    ),
    { numRuns: 30 },
  );
});

t.test('however little comes at once, the archive is the same', async (t) => {
  for (const form of [zipForm, tarForm]) {
    const archive = archiveOf(form, tree);
    const end = await archiveLength(archive);
    const whole = await collected(archive, bytesOfTree(archive, tree), { first: 0, end });
    for (const most of [999, GUEST_BUFFER_BYTES]) {
      const part = await collected(archive, bytesOfTree(archive, tree, most), { first: 0, end });
      t.ok(part.equals(whole), `${form.name} ${most}`);
    }
  }
});

t.test('what is there goes out while the next is to come, and headers alone do not', async (t) => {
  const archive = archiveOf(zipForm, { only: sampleBytes(100, 'only') });
  const more = [deferred<void>(), deferred<void>()];
  let reads = 0;
  const source: FolderBytes = {
    open: async () => ({
      isThere: () => false,
      read: async () => {
        await more[reads++]!.promise;
        return 50;
      },
      close: async () => undefined,
    }),
  };
  const bytes = archiveBytes(archive, source, { first: 0, end: Infinity });
  const first = bytes.next();
  more[0]!.resolve();
  const { value } = await first;
  t.equal(value?.length, 30 + 'album/only'.length + 9 + 50, 'a header and the first bytes');
  more[1]!.resolve();
  while ((await bytes.next()).done !== true);
});

t.test('a file that has changed is the end, and is closed', async (t) => {
  const archive = archiveOf(tarForm, { a: sampleBytes(10, 'a'), b: sampleBytes(10, 'b') });
  let openFiles = 0;
  const source: FolderBytes = {
    open: async (entry) => {
      openFiles++;
      return {
        isThere: () => true,
        read: async () => {
          if (entry === 1) throw new StorageError('FILE_CHANGED', 'another one');
          return 10;
        },
        close: async () => void openFiles--,
      };
    },
  };
  await t.rejects(collected(archive, source, { first: 0, end: Infinity }), {
    code: 'FILE_CHANGED',
  });
  t.equal(openFiles, 0);
});
