/** The tasks of a thread that hashes a local content: its pieces by SHA-1, or all of it by SHA-256. */
import type { PieceLayout } from '../../net/piece-layout.js';
import type { MessagePort } from 'node:worker_threads';
import type { ContentSource } from './content.js';
import type { HasherName } from './thread.js';

export interface HashTask {
  /** See PeerSessionTask. */
  readonly slotMemoryBytes: number;
  /** Progress and cancellation: HashToMain out, `{ type: 'close' }` in. */
  readonly port: MessagePort;
  readonly content: ContentSource;
  readonly layout: PieceLayout;
  /** Which pieces: `firstPiece` to `firstPiece + pieceCount - 1`. */
  readonly firstPiece: number;
  readonly pieceCount: number;
  /** Where each piece's SHA-1 goes, 20 bytes each, by piece index of the file. */
  readonly digests: SharedArrayBuffer;
  readonly hasher: HasherName;
}

export type HashToMain = { readonly type: 'hashed'; readonly pieces: number };

export type MainToHash = { readonly type: 'close' };

export interface Sha256Task {
  readonly port: MessagePort;
  readonly content: ContentSource;
  readonly size: number;
  /** Where the 32 bytes go. */
  readonly digest: SharedArrayBuffer;
}
