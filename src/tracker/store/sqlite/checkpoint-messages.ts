/** What the tracker and the thread that keeps its log short say to each other. */

/**
 * `copy`: brings what is in the log into the database, as far as nobody reads what was there before.
 * `begin-anew`: has the log begin anew where all of it is in the database; nobody may write meanwhile.
 */
export type CheckpointOrder = 'copy' | 'begin-anew' | 'close';

export type CheckpointReply =
  | {
      readonly ok: true;
      /** Frames in the log. */
      readonly frames: number;
      /** True when all of it is in the database, and for `begin-anew` that it has begun anew. */
      readonly isDone: boolean;
    }
  | {
      readonly ok: false;
      readonly message: string;
      readonly errcode: number | undefined;
      /** Part of what was copied may never reach the disk, and another try would not tell. */
      readonly isLost: boolean;
    };
