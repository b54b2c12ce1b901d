/** What passes between simulated peers: the frames of the protocol, and blocks as a tag. */
import type { BlockRange, PeerFrame } from '../../src/net/peer-frames.js';

export type SimFrame =
  | PeerFrame
  | { readonly type: 'block'; readonly head: BlockRange; readonly tag: number }
  /** The dialler shows a ticket. */
  | { readonly type: 'greeting'; readonly userId: string };

/** Bytes of a frame that carries no block. */
export const FRAME_BYTES = 24;
