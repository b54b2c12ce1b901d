/** Files of groups, as the tracker tells of them. */
import type { OnlinePeer } from './peers.js';

/** One row of `list_files`. */
export interface FileRow {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Devices that serve it completely right now, and that a downloader would be told of. */
  readonly sources: number;
  /** Devices that serve some of it, likewise: absent for none, and from trackers of before. */
  readonly partly?: number;
  /** The member who has shared it longest. */
  readonly sharer: string;
  /** The device that asks is the one that has shared it longest; absent else, and from trackers of before. */
  readonly isFirstHere?: boolean;
  readonly fileId: string;
  /** When the name got this content, milliseconds since 1970; trackers of before do not say. */
  readonly sharedAtMs?: number;
  /** How many files a folder has; absent of a file. */
  readonly files?: number;
}

/** Other content has taken the place of a file under its name. */
export interface Replacement {
  readonly name: string;
  /** The member who has shared the newer version longest. */
  readonly sharer: string;
}

/** A file as a download needs to know it. */
export interface DescribedFile extends FileRow {
  readonly descriptionBytes: number;
  /** Base64; absent when it is too long to come along. */
  readonly description?: string;
  /** Drawn at random from those that offer it now; absent when not asked for. */
  readonly peers?: readonly OnlinePeer[];
}

/** What files are looked for: those that fit all of it. */
export interface FileSearch {
  /** Each is somewhere in the name, whatever its case and accents. */
  readonly words: readonly string[];
  /** Only in these groups, of those in which the user is. */
  readonly groupIds?: readonly string[];
  readonly kind?: 'file' | 'folder';
  /** Behind the last dot of the name. */
  readonly ending?: string;
  /** Bytes; both are meant too. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** When the name got its content; both are meant too. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** Where a search goes on. */
export interface SearchPlace {
  readonly groupId: string;
  /** What stands there, or after it, was looked at; absent at the beginning of a group. */
  readonly below?: number;
}

export interface FoundFile extends FileRow {
  readonly groupId: string;
}
