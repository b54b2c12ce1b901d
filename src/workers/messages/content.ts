/** Where the bytes of a content lie, as the main thread tells a transfer thread. */
import type { FolderLayout } from '../../net/folder-layout.js';
import type { FolderPaths } from '../../net/folder-paths.js';
import type { FolderStamps } from '../../net/folder-stamps.js';

/**
 * Where the bytes of a content lie, for a thread: they stay there until every task that knows it has
 * let go. See disk/open-content.ts, which opens it.
 */
export type ContentSource = FileSource | FolderSource | GrowingFolderSource;

/** A file that main has opened. */
export interface FileSource {
  readonly type: 'file';
  readonly fd: number;
}

/** A folder on disk, of which each file is read only as it was when it was looked at. */
export interface FolderSource {
  readonly type: 'folder';
  /** Absolute. */
  readonly root: string;
  readonly layout: FolderLayout;
  readonly paths: FolderPaths;
  readonly stamps: FolderStamps;
}

/** A folder that is being downloaded. */
export interface GrowingFolderSource {
  readonly type: 'growing-folder';
  readonly layout: FolderLayout;
  readonly paths: FolderPaths;
  /** Where the pack grows, which is all files that are shorter than a piece. */
  readonly packFd: number;
  /** Where the others grow, each under its path; ours alone. Good while the content is held open. */
  readonly tree: string;
  /** The same as people know it. */
  readonly treeName: string;
  /** Where all of them belong, and are in the end. */
  readonly destination: string;
  /** Files that were there already and are right: they are read there. */
  readonly placed: PlacedFiles | undefined;
}

/** How much of an entry is right at the destination. */
export const PLACES = {
  nothing: 0,
  whole: 1,
  /** Of a small file, what lies in those pieces of the pack that are right there. */
  partly: 2,
} as const;

/** What was right at the destination before the download; read only as it was then. */
export interface PlacedFiles {
  readonly stamps: FolderStamps;
  /** By place in the table: one of `PLACES`. */
  readonly places: Uint8Array;
  /** By piece of the pack: 1 for those that are read there. */
  readonly pack: Uint8Array;
}
