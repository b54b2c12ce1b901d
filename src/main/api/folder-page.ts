/** What is in a folder of a group, page by page: nobody holds all of it in a message. */
import type { FolderEntry } from '../../net/folder-table.js';

/** Where the next page begins, in the content that the first one was of. */
export interface FolderCursor {
  readonly fileId: string;
  /** In the table. */
  readonly place: number;
}

export interface FolderPageRequest {
  readonly groupId: string;
  readonly fileName: string;
  /** A folder in it, its components joined by `/`. @default all of it */
  readonly inside?: string;
  /** @default the beginning */
  readonly from?: FolderCursor;
}

export interface FolderPage {
  /** In the order of their paths, which begin in the folder that is shared. */
  readonly entries: readonly FolderEntry[];
  /** Absent on the last page. */
  readonly next?: FolderCursor;
}
