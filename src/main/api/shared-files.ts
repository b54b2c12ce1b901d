/** What a client shares and whether it is served, as plain data for every face of a client. */

import type { WireError } from '../../net/errors.js';

/** A name under which a file could not be shared no more, and why. */
export interface NotStopped extends WireError {
  readonly fileName: string;
}

/** A file that is shared with a group under a name. */
export interface SharedFile {
  readonly groupId: string;
  readonly fileName: string;
  /** Of what is shared under the name from here. */
  readonly fileId: string;
  /** Absolute. */
  readonly path: string;
  /** Bytes, of what is here. */
  readonly size: number;
  /** Set when it is a folder of which only some files are here: how many they are. */
  readonly partFiles?: number;
  readonly sharedAtMs: number;
  readonly state: SharedFileState;
  /** Why it is not served, or what became of its name; one sentence, absent where all is well. */
  readonly reason?: string;
}

export type SharedFileState =
  | 'served'
  /** Served to those who are still downloading it; its name stands for a newer version. */
  | 'older'
  /** Nothing is wrong with it, and nobody serves it: no client runs, or one that is just starting. */
  | 'idle'
  /** Somebody touched it: it is hashed, and served again if it is the same. */
  | 'checking'
  /** It is another file by now, by somebody's doing. */
  | 'changed'
  /** Nobody wrote to it, and it is not what was shared. */
  | 'damaged'
  | 'missing'
  /** The tracker does not take it as a share. */
  | 'refused';
