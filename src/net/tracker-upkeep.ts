/**
 * What an operator does with the data folder of a tracker from outside: back it up, restore it, look whether it is
 * sound. The command line asks, the tracker's part does it (nothing under src/main may import src/tracker).
 */

/** What a backup says of itself. */
export interface BackupFacts {
  /** Of the whole backup. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly schema: number;
  /** The id of the tracker's own key; clients pin it. */
  readonly identity: string;
}

/** Something that is not as it should be. */
export type Flaw =
  /** The database as SQLite reads it, or a figure that is kept in it. */
  | { readonly kind: 'database'; readonly detail: string }
  /** A group whose history does not lead from entry to entry: this one is the first that does not fit. */
  | { readonly kind: 'history'; readonly groupId: string; readonly seq: number }
  /** A file of the folder. */
  | { readonly kind: 'missing' | 'damaged'; readonly name: string }
  /** Others may do with it what they should not; the folder itself is called `.` */
  | { readonly kind: 'open-to-others'; readonly name: string; readonly mode: number }
  /** A newer version of the tracker wrote the database. */
  | { readonly kind: 'newer-schema' };

export interface CheckFacts {
  readonly version: string;
  /** The database is on a server, and was not looked at. */
  readonly isElsewhere: boolean;
  /** Of the database; undefined when it is not there, or not readable. */
  readonly schema: number | undefined;
  /** Up to which this version knows. */
  readonly knownSchema: number;
  /** Undefined without an identity. */
  readonly identity: string | undefined;
  /** Histories that were followed, and entries of them. */
  readonly histories: number;
  readonly entries: number;
  /** Of each kind so many at most as MAX_FLAWS_TOLD; empty when all is well. */
  readonly flaws: readonly Flaw[];
}

export interface TrackerUpkeep {
  /**
   * Writes one file of which everything can be restored, while the tracker runs or not.
   * @throws StorageError DESTINATION_EXISTS, STATE_MISSING, and what the disk says
   */
  backup(options: {
    readonly dataDir: string;
    readonly path: string;
    readonly isOverwriting: boolean;
    readonly nowMs: number;
  }): Promise<BackupFacts>;
  /**
   * Makes a data folder of a backup, in a folder that is empty, not there, or left by a restore that was killed.
   * @throws StorageError VERIFICATION_FAILED, DESTINATION_EXISTS, HOME_IN_USE, and what the disk says
   */
  restore(options: {
    readonly dataDir: string;
    readonly path: string;
    readonly nowMs: number;
  }): Promise<BackupFacts>;
  /** Reads a backup through. @throws StorageError VERIFICATION_FAILED, and what the disk says */
  checkBackup(path: string): Promise<BackupFacts>;
  /** Looks at everything in a data folder, and changes nothing. @throws StorageError when there is none */
  check(dataDir: string): Promise<CheckFacts>;
}
