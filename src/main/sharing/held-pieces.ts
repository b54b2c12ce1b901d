/** Which pieces of a content somebody has who shares all of it, or some entries of a folder. Pure. */
import { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import { piecesOfChoice, type FolderChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';

/** Pieces in which nothing lies but what is shared. */
export function heldPieces(
  { folder, layout }: Pick<Description, 'layout' | 'folder'>,
  choice: FolderChoice | undefined,
): Bitfield {
  const { pieceCount, pieceLength } = layout;
  if (!choice || !folder) return Bitfield.full(pieceCount);
  const lies = folderLayout(folder, pieceLength) ?? bug('a folder without a layout');
  return piecesOfChoice(lies, choice).whole;
}
