/**
 * What the swarm wants to be done: collected while events come in, handed out in one batch,
 * one message per peer and kind. Owns nothing but what was not handed out yet.
 */
import type { PeerKey } from './piece-table.js';

export type SwarmAction =
  /** Tell the peer's session to fetch these pieces after those it has. */
  | { readonly type: 'fetch'; readonly peerKey: PeerKey; readonly pieces: readonly number[] }
  /** Ask these pieces back; others fetch them meanwhile. */
  | { readonly type: 'cancel'; readonly peerKey: PeerKey; readonly pieces: readonly number[] }
  /** Ask these pieces back as far as nothing of them is on its way. */
  | { readonly type: 'yield'; readonly peerKey: PeerKey; readonly pieces: readonly number[] }
  /** Close the peer's session; `onPeerGone` must follow before the peer is dialled again. */
  | { readonly type: 'drop'; readonly peerKey: PeerKey };

export class SwarmActionBatch {
  #fetches = new Map<PeerKey, number[]>();
  #cancels = new Map<PeerKey, number[]>();
  #yields = new Map<PeerKey, number[]>();
  #drops: SwarmAction[] = [];

  fetch(peerKey: PeerKey, piece: number): void {
    append(this.#fetches, peerKey, piece);
  }

  cancel(peerKey: PeerKey, piece: number): void {
    append(this.#cancels, peerKey, piece);
  }

  yield(peerKey: PeerKey, piece: number): void {
    append(this.#yields, peerKey, piece);
  }

  drop(peerKey: PeerKey): void {
    this.#drops.push({ type: 'drop', peerKey });
  }

  /** The peer's session is over: nothing is sent to it any more. */
  forget(peerKey: PeerKey): void {
    this.#fetches.delete(peerKey);
    this.#cancels.delete(peerKey);
    this.#yields.delete(peerKey);
  }

  /**
   * Everything since the last call: drops, then fetches, then yields and cancels. A piece that was
   * assigned and taken away again in the same batch so reaches its session in that order.
   */
  flush(): readonly SwarmAction[] {
    const actions = this.#drops;
    for (const [peerKey, pieces] of this.#fetches) actions.push({ type: 'fetch', peerKey, pieces });
    for (const [peerKey, pieces] of this.#yields) actions.push({ type: 'yield', peerKey, pieces });
    for (const [peerKey, pieces] of this.#cancels)
      actions.push({ type: 'cancel', peerKey, pieces });
    this.#fetches = new Map();
    this.#cancels = new Map();
    this.#yields = new Map();
    this.#drops = [];
    return actions;
  }
}

function append(lists: Map<PeerKey, number[]>, key: PeerKey, piece: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [piece]);
  else list.push(piece);
}
