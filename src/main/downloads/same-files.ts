/**
 * Whole files that two contents have in common, by their descriptions: of a folder those of at least one
 * piece, which begin with a piece of their own. Pure.
 */
import { createHash } from 'node:crypto';
import type { Bitfield } from '../../net/bitfield.js';
import { SHA1_BYTES, type Description } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import { folderLayout } from '../../net/folder-layout.js';

/** A file of a content; `path` is that in a folder, and absent when the content is a file. */
interface OwnPieces {
  readonly path?: string;
  readonly size: number;
  readonly firstPiece: number;
  readonly pieceCount: number;
}

/** A file that is wanted, and the donor's that has the same pieces. */
export interface SameFile {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly size: number;
  /** Of the wanted content. */
  readonly pieces: readonly number[];
}

type Described = Pick<Description, 'layout' | 'folder' | 'pieceHashes'>;

/** Each file that is wanted from its first to its last piece, and that the donor has. */
export function sameFilesIn(donor: Described, wanted: Described, missing: Bitfield): SameFile[] {
  const has = new Map<string, OwnPieces>();
  for (const file of filesWithOwnPieces(donor)) has.set(digestOf(donor, file), file);
  const found: SameFile[] = [];
  for (const file of filesWithOwnPieces(wanted)) {
    const pieces = Array.from({ length: file.pieceCount }, (_, index) => file.firstPiece + index);
    if (!pieces.every((piece) => missing.has(piece))) continue;
    const there = has.get(digestOf(wanted, file));
    if (there?.size === file.size) {
      found.push({ from: there.path, to: file.path, size: file.size, pieces });
    }
  }
  return found;
}

function* filesWithOwnPieces({ layout, folder }: Described): Generator<OwnPieces> {
  const { size, pieceCount, pieceLength } = layout;
  if (!folder) {
    if (pieceCount > 0) yield { size, firstPiece: 0, pieceCount };
    return;
  }
  const { entries, starts, sizes } = folderLayout(folder, pieceLength) ?? bug('no layout');
  for (const [place, entry] of entries.entries()) {
    const size = sizes[place]!;
    if (size < pieceLength) continue;
    yield {
      path: folder.at(entry)!.path,
      size,
      firstPiece: starts[place]! / pieceLength,
      pieceCount: Math.ceil(size / pieceLength),
    };
  }
}

function digestOf({ pieceHashes }: Described, { firstPiece, pieceCount }: OwnPieces): string {
  const from = firstPiece * SHA1_BYTES;
  const hashes = pieceHashes.subarray(from, from + pieceCount * SHA1_BYTES);
  return createHash('sha256').update(hashes).digest('base64');
}
