/** The task of a thread that copies pieces from a local content. */
import type { PieceLayout } from '../../net/piece-layout.js';
import type { MessagePort } from 'node:worker_threads';
import type { ContentSource } from './content.js';
import type { HasherName } from './thread.js';

export interface CopyTask {
  /** See PeerSessionTask. */
  readonly slotMemoryBytes: number;
  readonly port: MessagePort;
  readonly from: ContentSource;
  readonly to: ContentSource;
  /** Of what is copied to. */
  readonly layout: PieceLayout;
  /** SHA-1 of each piece of it, 20 bytes each, read-only. */
  readonly pieceHashes: SharedArrayBuffer;
  /** Pieces of it, and where each lies in `from`. */
  readonly pieces: readonly number[];
  readonly places: readonly number[];
  /** By piece of it: becomes 1 for each that was right and is written. */
  readonly copied: Uint8Array;
  readonly hasher: HasherName;
}

export type MainToCopy = { readonly type: 'close' };
