/** What a client finds of the machine on which it runs, as data: see the command `doctor`. */
import type { WireError } from '../../net/errors.js';

/** A folder in which this client writes. */
export interface FolderLook {
  /** Absolute. */
  readonly path: string;
  /** Undefined where the disk does not say. */
  readonly freeBytes: number | undefined;
  /** Why nothing can be written there. */
  readonly error?: WireError;
}

export interface MachineLook {
  /** Of the process that does the work. */
  readonly version: string;
  readonly nodeVersion: string;
  readonly home: FolderLook;
  /** Where downloads would go. */
  readonly destination: FolderLook;
  /** How many files the process may have open; undefined where there is no limit, or none is told. */
  readonly openFilesLimit: number | undefined;
  /** Why what was shared and downloaded cannot be looked up. */
  readonly libraryError?: WireError;
}
