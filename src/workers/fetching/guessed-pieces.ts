/**
 * Pieces that were requested on a guess, before main has said what is to be downloaded. Until main orders one
 * it waits in its slot: it is neither hashed nor written, and nothing is told of it. Owns those slots. Pure.
 *
 *   a piece: under way → whole (its slot waits) → ordered | dropped; one that is under way may be ordered as well
 */
import type { Slot } from '../memory/piece-slots.js';

export class GuessedPieces {
  /** Those that nobody has ordered, each with its slot once it is whole. */
  readonly #pieces: Map<number, Slot | undefined>;

  constructor(pieces: readonly number[]) {
    this.#pieces = new Map(pieces.map((piece) => [piece, undefined]));
  }

  get pieces(): readonly number[] {
    return [...this.#pieces.keys()];
  }

  has(piece: number): boolean {
    return this.#pieces.has(piece);
  }

  /** It is whole. */
  hold(piece: number, slot: Slot): void {
    this.#pieces.set(piece, slot);
  }

  /** It is ordered, or nobody will have it: answers its slot if it is whole. */
  take(piece: number): Slot | undefined {
    const slot = this.#pieces.get(piece);
    this.#pieces.delete(piece);
    return slot;
  }

  /** Nobody orders the rest: answers which they are, and the slots of those that are whole. */
  takeRest(): { readonly pieces: number[]; readonly slots: Slot[] } {
    const rest = { pieces: [...this.pieces], slots: [...this.#pieces.values()] };
    this.#pieces.clear();
    return { ...rest, slots: rest.slots.filter((slot) => slot !== undefined) };
  }
}
