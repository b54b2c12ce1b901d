/** What a download needs of its client before it can begin. */
import type { PieceLayout } from '../../net/piece-layout.js';
import type { Account } from '../home/library-records.js';

/** A file that is likely to be wanted, with what is lacking of it here. */
export interface LikelyFile {
  readonly fileId: string;
  readonly layout: PieceLayout;
  readonly lacking: readonly number[];
  readonly lackingBytes: number;
}

/** One of which nothing is known here but its name. */
export interface NamedFile {
  readonly name: string;
}

/** What a download is likely to want. */
export type LikelyWish = LikelyFile | NamedFile;

/** What a client makes ready while the tracker answers. */
export interface DownloadPreparation {
  /** Starts the threads, if they do not run yet. */
  readonly startThreads: () => void;
  /** Dials peers of the group that were met before, and asks them for what will likely be wanted. */
  readonly dialAhead: (
    groupId: string,
    likely: (account: Account) => Promise<LikelyWish | undefined>,
  ) => void;
  /**
   * Listens, if this download should not begin without: then its refusal is the download's.
   * `isAlone`: nothing else is being downloaded.
   */
  readonly listen: (isAlone: boolean) => Listen | undefined;
}

/** A listener that is being opened. */
export interface Listen {
  readonly opened: Promise<unknown>;
  /** The user named the port, which may well be taken: nothing is noted before that is known. */
  readonly isFirst: boolean;
}
