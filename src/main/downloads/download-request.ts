/** What is downloaded and where to, as the parts of a download see it; decided once, never changed. */
import type { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { BRIEF_DOWNLOAD_PIECES } from '../../net/limits.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { OnlinePeer } from '../../net/tracker-api.js';

/**
 * How much of a download there is to look after. `one-piece`: all or nothing, never growing, in
 * one write. `brief`: likely over before its swarm changes. `long`: everything else.
 */
export type DownloadKind = 'one-piece' | 'brief' | 'long';

export interface DownloadRequest {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  readonly fileId: string;
  readonly description: Description;
  readonly kind: DownloadKind;
  /** Absolute path of the finished file. */
  readonly path: string;
  readonly partPath: string;
  readonly overwrite: boolean;
  /** What lies at `path` stays beside it, unless it is to be overwritten. @default false */
  readonly keepsOlder?: boolean;
  /** Give up after this long without a byte; 0 waits for ever. */
  readonly timeoutMs: number;
  /** Peers that had the file when it was looked up; there may be others. */
  readonly firstPeers: readonly OnlinePeer[];
  /** Pieces that an earlier run says it verified; checked again before they count. */
  readonly verifiedBefore: Bitfield | undefined;
}

/** The kind of a download of a file that is cut like this. */
export function downloadKindOf({ pieceCount }: PieceLayout): DownloadKind {
  if (pieceCount === 1) return 'one-piece';
  return pieceCount <= BRIEF_DOWNLOAD_PIECES ? 'brief' : 'long';
}
