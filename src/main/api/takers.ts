/** Who takes files from this client, as data. */

/** One device of a user that takes something, or has taken it. */
export interface Taker {
  readonly userId: string;
  readonly deviceId: string;
  /** From where, as address and port; of a relay, when all passes through one. */
  readonly remote: string;
  /** This client went to it because it had called, or all passes through a relay; absent when it has come. */
  readonly way?: 'called' | 'relayed';
  /** It has files open. */
  readonly isTaking: boolean;
  /** Files that it has open, else those that it has taken bytes of. */
  readonly files: number;
  /** When that is one. */
  readonly fileName?: string;
  /** Bytes that it was sent from here; what was asked for twice counts twice. */
  readonly sent: number;
  /** What that can become with what it has open: others may send it a part, and it may have one already. */
  readonly wanted: number;
}
