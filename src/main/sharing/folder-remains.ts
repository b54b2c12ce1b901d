/**
 * What of a shared folder can be served while some of its files are not what was shared: the others, as a
 * share of fewer files. Known by the stamps that its files had when they were right, or by what reading
 * them has told. Owns nothing.
 */
import { Bitfield } from '../../net/bitfield.js';
import { decodeDescription, type Description } from '../../net/description.js';
import { P2pError, bug } from '../../net/errors.js';
import { piecesOfPlace, type FolderChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FolderTable } from '../../net/folder-table.js';
import { unchangedFiles } from '../disk/folder-stamps.js';
import type { LibraryShare } from '../home/library-records.js';
import { heldPieces } from './held-pieces.js';
import type { FoundInFolder } from './share-check.js';
import type { Descriptions } from './share-look.js';

/** Some files of a folder, as an offer of them needs it. */
export interface FolderRemains {
  readonly stamp: LibraryShare['stamp'];
  readonly choice: FolderChoice;
  /** In which nothing else lies. */
  readonly pieces: Bitfield;
  readonly stamps: FolderStamps;
  /** The first file that is not among them. */
  readonly firstOther: string | undefined;
}

/**
 * What remains of a folder whose files had these stamps when they were right; undefined when that is
 * not a piece, nobody can look, or it is shared no more and so described no more.
 */
export async function remainsByStamps(
  share: LibraryShare,
  stamps: FolderStamps,
  descriptions: Descriptions,
): Promise<FolderRemains | undefined> {
  const description = describedBy(share, descriptions);
  return description && remainsOf(share, description, share.choice, stamps);
}

/** The same of a folder that was read. */
export async function remainsByReading(
  share: LibraryShare,
  { bad, stamps }: FoundInFolder,
  descriptions: Descriptions,
): Promise<FolderRemains | undefined> {
  const description = describedBy(share, descriptions);
  if (!description) return undefined;
  return remainsOf(share, description, choiceWithout(description, bad, share.choice), stamps);
}

async function remainsOf(
  { path, choice: shared }: LibraryShare,
  description: Description,
  choice: FolderChoice | undefined,
  stamps: FolderStamps,
): Promise<FolderRemains | undefined> {
  const table = description.folder ?? bug('a folder without a table');
  try {
    const found = await unchangedFiles(path, table, { choice, stamps });
    const pieces = heldPieces(description, found.choice);
    if (pieces.count === 0) return undefined;
    const firstOther = firstFileBeside(table, found.choice, shared);
    return { ...found.look, choice: found.choice, pieces, firstOther };
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

/** Every entry, of those that are shared, in which no such piece lies. */
export function choiceWithout(
  { folder, layout }: Pick<Description, 'folder' | 'layout'>,
  bad: Bitfield,
  shared?: FolderChoice,
): FolderChoice {
  const table = folder ?? bug('a folder without a table');
  const lies = folderLayout(table, layout.pieceLength) ?? bug('a folder without a layout');
  const choice = Bitfield.full(table.length);
  for (let entry = 0; shared && entry < table.length; entry++) {
    if (!shared.has(entry)) choice.remove(entry);
  }
  for (const [place, entry] of lies.entries.entries()) {
    if (piecesOfPlace(lies, place).some((piece) => bad.has(piece))) choice.remove(entry);
  }
  return choice;
}

function firstFileBeside(
  table: FolderTable,
  choice: FolderChoice,
  shared: FolderChoice | undefined,
): string | undefined {
  const isOther = (index: number): boolean => !choice.has(index) && (shared?.has(index) ?? true);
  return table.find(({ kind }, index) => kind === 'file' && isOther(index))?.path;
}

/** Undefined when its last share was taken back while it was read or looked at. */
function describedBy(
  { fileId }: LibraryShare,
  descriptions: Descriptions,
): Description | undefined {
  const encoded = descriptions.description(fileId);
  return encoded && decodeDescription(encoded);
}
