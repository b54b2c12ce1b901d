/**
 * What a session is ordered before its peer has opened the file: so that the orders survive when the
 * session goes on over another connection, or another way. Pure.
 */
import type { MainToPeerSession, PeerSessionToMain } from '../../workers/messages/peer-session.js';

type Answer = Extract<PeerSessionToMain, { type: 'returned' | 'verified' | 'bad' }>;

export class EarlyOrders {
  readonly #wanted = new Set<number>();
  /** Taken back, and not answered yet. */
  readonly #cancelled = new Set<number>();

  onOrder(message: MainToPeerSession): void {
    if (message.type === 'fetch') for (const piece of message.pieces) this.#wanted.add(piece);
    if (message.type !== 'cancel') return;
    for (const piece of message.pieces) if (this.#wanted.delete(piece)) this.#cancelled.add(piece);
  }

  /** Whoever had an order of pieces has none any more; answers those that were taken back and that nobody has. */
  takeFreed(isHad: (piece: number) => boolean): number[] {
    const freed = [...this.#cancelled].filter((piece) => !isHad(piece));
    for (const piece of freed) this.#cancelled.delete(piece);
    return freed;
  }

  /** A connection gives pieces back; answers those of which that is news. */
  onReturned(pieces: readonly number[]): number[] {
    return pieces.filter((piece) => {
      const wasWanted = this.#wanted.delete(piece);
      return this.#cancelled.delete(piece) || wasWanted;
    });
  }

  /** The connection is done with pieces, in one way or another. */
  onAnswer(answer: Answer): void {
    this.onReturned(answer.type === 'bad' ? [answer.piece] : answer.pieces);
  }

  /** What the next connection has to be told. */
  get pieces(): number[] {
    return [...this.#wanted];
  }

  /** What was taken back of a connection that has not answered, and never will. */
  takeCancelled(): number[] {
    return this.takeFreed(() => false);
  }
}
