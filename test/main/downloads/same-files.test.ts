/** Whole files that two contents have in common, by their descriptions. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { sameFilesIn } from '../../../src/main/downloads/same-files.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { MIN_PIECE_LENGTH } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { tableOf, type Tree } from '../../fixtures/folder-tree.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';

const PIECE = MIN_PIECE_LENGTH;
const film = sampleBytes(3 * PIECE + 5, 'film');
const song = sampleBytes(PIECE, 'song');

function hashesOf(files: readonly Uint8Array[]): Buffer {
  const pieces = files.flatMap((bytes) =>
    Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, piece) =>
      bytes.subarray(piece * PIECE, (piece + 1) * PIECE),
    ),
  );
  return Buffer.concat(pieces.map((piece) => createHash('sha1').update(piece).digest()));
}

function fileOf(bytes: Uint8Array) {
  return { layout: pieceLayout(bytes.length, PIECE)!, pieceHashes: hashesOf([bytes]) };
}

/** One of at most one piece of small files. */
function folderOf(tree: Tree) {
  const folder = tableOf(tree);
  const sizeOf = ({ path }: { path: string }): number => tree[path]!.length;
  const small = folder.filter((entry) => sizeOf(entry) < PIECE).map(({ path }) => tree[path]!);
  const large = folder.filter((entry) => sizeOf(entry) >= PIECE).map(({ path }) => tree[path]!);
  const { pieces: layout } = folderLayout(folder, PIECE)!;
  return { folder, layout, pieceHashes: hashesOf([Buffer.concat(small), ...large]) };
}

t.test('a file is found in a folder, a folder, and as a file, wherever it lies', (t) => {
  const album = folderOf({ 'a/film': film, note: sampleBytes(9), song });
  const box = folderOf({ 'b/movie': film, more: sampleBytes(PIECE, 'more') });
  const [all, some] = [Bitfield.full(album.layout.pieceCount), new Bitfield(4)];
  for (let piece = 0; piece < 4; piece++) some.add(piece);
  const pieces = [1, 2, 3, 4];
  const size = film.length;
  t.same(sameFilesIn(box, album, all), [{ from: 'b/movie', to: 'a/film', size, pieces }]);
  t.same(sameFilesIn(fileOf(film), album, all), [{ from: undefined, to: 'a/film', size, pieces }]);
  const whole = { from: 'a/film', to: undefined, size, pieces: [0, 1, 2, 3] };
  t.same(sameFilesIn(album, fileOf(film), some), [whole]);
  t.end();
});

t.test('not one of which a piece is there, differs, or is in the pack', (t) => {
  const album = folderOf({ film, note: sampleBytes(9) });
  const some = Bitfield.full(album.layout.pieceCount);
  some.remove(2);
  t.same(sameFilesIn(fileOf(film), album, some), []);
  const all = Bitfield.full(album.layout.pieceCount);
  t.same(sameFilesIn(fileOf(film.subarray(0, film.length - 1)), album, all), []);
  t.same(sameFilesIn(fileOf(sampleBytes(9)), album, all), []);
  t.same(sameFilesIn(fileOf(new Uint8Array()), album, all), []);
  t.end();
});
