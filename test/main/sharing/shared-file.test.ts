/** What is done about a shared file whose disk was mounted anew: it has another inode, and nothing else. */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import type { Description } from '../../../src/net/description.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import {
  isTouched,
  looksTheSame,
  requireUnchanged,
} from '../../../src/main/sharing/shared-file.js';

async function scene(t: Test) {
  const path = join(t.testdir(), 'film');
  await writeFile(path, 'bytes');
  const stamp = stampOf(await stat(path, { bigint: true }));
  return { path, stamp, mountedAnew: { ...stamp, inode: stamp.inode + 1n } };
}

t.test('a look decides about a file that its disk knows by another number', async (t) => {
  const { path, stamp, mountedAnew } = await scene(t);
  let looks = 0;
  const look = (isSame: boolean) => async () => {
    looks++;
    return isSame;
  };
  t.same(await requireUnchanged(path, stamp, look(false)), stamp);
  t.equal(looks, 0, 'the same file needs none');
  t.same(await requireUnchanged(path, mountedAnew, look(true)), stamp);
  const other = { code: 'FILE_CHANGED', message: /hashed, and served again/ };
  await t.rejects(requireUnchanged(path, mountedAnew, look(false)), other);
  await t.rejects(requireUnchanged(path, mountedAnew), other);
  t.equal(looks, 2);
  t.ok(await isTouched(path, mountedAnew), 'hashing says more');
  const older = { ...mountedAnew, mtimeNs: stamp.mtimeNs - 1n };
  await t.rejects(requireUnchanged(path, older, look(true)), { message: /share it again/ });
  t.notOk(await isTouched(path, older));
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
