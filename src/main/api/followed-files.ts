/** The files of a group that somebody follows: what is asked for, and what is told, as plain data. */

export interface FollowFilesRequest {
  readonly groupId: string;
  /** Aborted when they are to be followed no more. */
  readonly signal?: AbortSignal;
}

/** Told once: from then on each file that comes, is replaced or goes is an event. */
export interface FollowedFilesProgress {
  /** How many files the group has. */
  readonly files: number;
}
