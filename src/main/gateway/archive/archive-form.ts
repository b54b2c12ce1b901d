/** What an archive of a folder is made of, whatever its form: a sequence of bytes of ours and of files, in this order. */
import type { FolderEntry, FolderTable } from '../../../net/folder-entry.js';

/** The forms in which a guest can take a folder. */
export type ArchiveFormName = 'zip' | 'tar';

/** A part of an archive. */
export type ArchivePart =
  /** Written here; good until the next part is asked for. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** All bytes of a file: its place in the table, and how many there are. */
  | { readonly kind: 'file'; readonly entry: number; readonly size: number };

/** A folder as it is put into an archive. */
export interface ArchivedFolder {
  /** The folder of the archive in which everything is. */
  readonly root: string;
  readonly table: FolderTable;
  /** Files shorter than this come first; see `archiveOrder`. */
  readonly pieceLength: number;
}

export interface ArchiveForm {
  readonly name: ArchiveFormName;
  readonly contentType: string;
  /** It holds a checksum of each file, with which whoever writes it answers the part of that. */
  readonly hasChecksums: boolean;
  /** The parts, in order; of a file the answer is its CRC-32, if there are checksums. */
  parts(folder: ArchivedFolder): Generator<ArchivePart, void, number>;
}

/**
 * The places of all entries, in the order of the archive, which is that in which the pieces of a folder lie: first
 * what is shorter than a piece, then the other files; so that it can be written while they come.
 */
export function* archiveOrder({
  table,
  pieceLength,
}: Pick<ArchivedFolder, 'table' | 'pieceLength'>): Generator<number> {
  for (const [index, { size }] of table.entries()) if (size < pieceLength) yield index;
  for (const [index, { size }] of table.entries()) if (size >= pieceLength) yield index;
}

/** The path of an entry in the archive: one of a folder ends with a slash. */
export function archivedPath({ root }: Pick<ArchivedFolder, 'root'>, entry: FolderEntry): string {
  return `${root}/${entry.path}${entry.kind === 'file' ? '' : '/'}`;
}
