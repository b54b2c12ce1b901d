/**
 * A quick look into a file to which nothing was done but that its disk was mounted anew: exFAT and
 * network disks know their files by other numbers after each mount. Its first and its last piece and
 * some between are hashed; anything else that differs asks for all of them (share-check.ts).
 */
import { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { P2pError } from '../../net/errors.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import { QUICK_LOOK_PIECES } from '../../net/limits.js';
import { changeBetween, type FileStamp } from '../disk/file-stamp.js';
import { openWhole } from '../disk/whole-content.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { heldPieces } from './held-pieces.js';

/** True when the two stamps differ in nothing but where the file lies. */
export function isElsewhere(before: FileStamp, now: FileStamp): boolean {
  return changeBetween(before, now) === 'elsewhere';
}

/** True when a file has in a few places what was shared; false also when it cannot be read. */
export async function looksTheSame(
  path: string,
  description: Description,
  hashing: Pick<PieceHashing, 'checkPieces'>,
  choice?: FolderChoice,
): Promise<boolean> {
  const { layout } = description;
  // A file of no bytes.
  if (layout.pieceCount === 0) return true;
  const held = [...heldPieces(description, choice).indexes()];
  const sample = new Bitfield(layout.pieceCount);
  for (let look = 0; look < QUICK_LOOK_PIECES && held.length > 0; look++) {
    sample.add(held[Math.floor((look * (held.length - 1)) / (QUICK_LOOK_PIECES - 1))]!);
  }
  try {
    const file = await openWhole(path, description, { choice });
    try {
      const same = await hashing.checkPieces(
        { content: file.content, layout },
        description,
        sample,
      );
      return same.count === sample.count;
    } finally {
      await file.release();
    }
  } catch (error) {
    if (error instanceof P2pError) return false;
    throw error;
  }
}
