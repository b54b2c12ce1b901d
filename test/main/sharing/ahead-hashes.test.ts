import { createHash } from 'node:crypto';
import { renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SHA1_BYTES } from '../../../src/net/description.js';
import {
  AHEAD_RUN_BYTES,
  KiB,
  MAX_INPUTS_AHEAD,
  MAX_PIECE_COUNT,
} from '../../../src/net/limits.js';
import { Spool } from '../../../src/main/home/spool.js';
import { AheadHashes } from '../../../src/main/sharing/ahead-hashes.js';
import { TransferPool } from '../../../src/main/threads/transfer-pool.js';
import { PieceHashing } from '../../../src/main/threads/piece-hashing.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const pieceLength = 256 * KiB;
const content = sampleBytes(4 * pieceLength + 5);
const hashOf = (piece: number): Buffer =>
  createHash('sha1')
    .update(content.subarray(piece * pieceLength, (piece + 1) * pieceLength))
    .digest();

function scene(t: Test) {
  const folder = testFolder(t);
  const pool = new TransferPool(1);
  t.teardown(() => pool.close());
  const spool = new Spool(folder);
  const ahead = new AheadHashes({ spool, hashing: new PieceHashing(() => pool, 'native') });
  const newInput = async () => {
    const place = await spool.newInput();
    writeFileSync(place.taking, content);
    return place;
  };
  return { folder, ahead, newInput };
}

t.test('pieces of an input are hashed while it is written, and known once', async (t) => {
  const { ahead, newInput } = scene(t);
  const { taking, path } = await newInput();
  await ahead.hash({ path: taking, pieceLength, firstPiece: 0, pieceCount: 1 });
  await ahead.hash({ path: taking, pieceLength, firstPiece: 2, pieceCount: 2 });
  renameSync(taking, path);
  const known = ahead.take(path);
  t.match(known, { pieceLength, inode: statSync(path, { bigint: true }).ino });
  t.strictSame(
    known!.runs.map(({ firstPiece, hashes }) => [firstPiece, Buffer.from(hashes)]),
    [
      [0, hashOf(0)],
      [2, Buffer.concat([hashOf(2), hashOf(3)])],
    ],
  );
  t.equal(ahead.take(path), undefined);
});

t.test('of one that is cut otherwise, or is another file, nothing is known any more', async (t) => {
  const { ahead, newInput } = scene(t);
  const { taking, path } = await newInput();
  await ahead.hash({ path: taking, pieceLength, firstPiece: 0, pieceCount: 1 });
  const longer = 2 * pieceLength;
  await ahead.hash({ path: taking, pieceLength: longer, firstPiece: 1, pieceCount: 1 });
  t.match(ahead.take(path), { pieceLength: longer, runs: [{ firstPiece: 1 }] });

  await ahead.hash({ path: taking, pieceLength, firstPiece: 0, pieceCount: 1 });
  writeFileSync(`${taking}.other`, content);
  unlinkSync(taking);
  renameSync(`${taking}.other`, taking);
  await ahead.hash({ path: taking, pieceLength, firstPiece: 1, pieceCount: 1 });
  const { runs, inode } = ahead.take(path)!;
  t.equal(runs.length, 1);
  t.equal(inode, statSync(taking, { bigint: true }).ino);
});

t.test('what is no run of an input is refused', async (t) => {
  const { folder, ahead, newInput } = scene(t);
  const { taking, path } = await newInput();
  const elsewhere = join(folder, 'mine.taking');
  writeFileSync(elsewhere, content);
  const run = { path: taking, pieceLength, firstPiece: 0, pieceCount: 1 };
  const wrong: readonly (typeof run)[] = [
    { ...run, path },
    { ...run, path: elsewhere },
    { ...run, path: join(folder, '..', taking) },
    { ...run, pieceLength: pieceLength + 1 },
    { ...run, pieceLength: 1 },
    { ...run, pieceCount: AHEAD_RUN_BYTES / pieceLength + 1 },
    { ...run, firstPiece: Number.MAX_SAFE_INTEGER - 1 },
  ];
  for (const one of wrong) await t.rejects(ahead.hash(one), { code: 'BAD_REQUEST' });
  await t.rejects(ahead.hash({ ...run, firstPiece: 4 }), { code: 'FILE_CHANGED' }, 'not there yet');
  unlinkSync(taking);
  await t.rejects(ahead.hash(run), { name: 'StorageError' });
});

t.test('it knows of so many inputs, and forgets the first', async (t) => {
  const { ahead, newInput } = scene(t);
  const paths: string[] = [];
  for (let count = 0; count <= MAX_INPUTS_AHEAD; count++) {
    const { taking, path } = await newInput();
    await ahead.hash({ path: taking, pieceLength, firstPiece: 0, pieceCount: 1 });
    paths.push(path);
  }
  t.equal(ahead.take(paths[0]!), undefined);
  for (const path of paths.slice(1)) t.equal(ahead.take(path)?.runs.length, 1);
});

t.test(
  'a run that is hashed again is known once, and no more pieces than a file has',
  async (t) => {
    const spool = new Spool(testFolder(t));
    const { taking, path } = await spool.newInput();
    writeFileSync(taking, content);
    const hashes = new Uint8Array((MAX_PIECE_COUNT / 4) * SHA1_BYTES);
    const hashRun = ({ firstPiece }: { readonly firstPiece: number }) =>
      Promise.resolve({ firstPiece, hashes });
    const ahead = new AheadHashes({ spool, hashing: { hashRun } });
    for (const firstPiece of [7, 7, 7, 1, 2, 3, 4, 5, 7]) {
      await ahead.hash({ path: taking, pieceLength, firstPiece, pieceCount: 1 });
    }
    const { runs } = ahead.take(path)!;
    t.strictSame(
      runs.map(({ firstPiece }) => firstPiece),
      [7, 1, 2, 3],
    );
  },
);
