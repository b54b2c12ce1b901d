/** A shared file whose disk was mounted anew: it has another inode, and nothing else. */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import type { Description } from '../../../src/net/description.js';
import { StorageError } from '../../../src/net/errors.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { isElsewhere, looksTheSame } from '../../../src/main/sharing/quick-look.js';
import { testFolder } from '../../fixtures/test-folder.js';

async function scene(t: Test) {
  const path = join(testFolder(t), 'film');
  await writeFile(path, 'bytes');
  const stamp = stampOf(await stat(path, { bigint: true }));
  return { path, stamp, mountedAnew: { ...stamp, inode: stamp.inode + 1n } };
}

t.test('it is asked for where nothing but the number of the file differs', async (t) => {
  const { stamp, mountedAnew } = await scene(t);
  t.ok(isElsewhere(mountedAnew, stamp));
  t.notOk(isElsewhere(stamp, stamp));
  t.notOk(isElsewhere({ ...mountedAnew, mtimeNs: stamp.mtimeNs - 1n }, stamp), 'written to');
  t.notOk(isElsewhere({ ...mountedAnew, ctimeNs: stamp.ctimeNs! - 1n }, stamp), 'touched');
});

t.test('what cannot be read does not look the same', async (t) => {
  const { path } = await scene(t);
  const description = { layout: { size: 5, pieceLength: 5, pieceCount: 1 } } as Description;
  const hashing = { checkPieces: async () => Bitfield.full(1) };
  t.ok(await looksTheSame(path, description, hashing));
  t.notOk(await looksTheSame(`${path}.gone`, description, hashing));
  const broken = { checkPieces: () => Promise.reject(new StorageError('IO_ERROR', 'the disk')) };
  t.notOk(await looksTheSame(path, description, broken));
});

t.test(
  'a look reads the first and the last piece and some between, and all must match',
  async (t) => {
    const { path } = await scene(t);
    for (const pieceCount of [1, 2, 7, 8, 9, 1000]) {
      const description = { layout: { size: 0, pieceLength: 1, pieceCount } } as Description;
      const asked: number[][] = [];
      const matching = (matches: (piece: number) => boolean) => ({
        checkPieces: async (_: unknown, __: unknown, sample: Bitfield) => {
          asked.push([...sample.indexes()]);
          const same = new Bitfield(pieceCount);
          for (const piece of sample.indexes()) if (matches(piece)) same.add(piece);
          return same;
        },
      });
      const last = pieceCount - 1;
      t.ok(
        await looksTheSame(
          path,
          description,
          matching(() => true),
        ),
      );
      t.notOk(
        await looksTheSame(
          path,
          description,
          matching((piece) => piece !== last),
        ),
      );
      const [sample] = asked;
      t.equal(sample![0], 0);
      t.equal(sample!.at(-1), last);
      t.equal(sample!.length, Math.min(8, pieceCount));
    }
  },
);
