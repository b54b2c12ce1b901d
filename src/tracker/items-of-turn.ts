/**
 * Of many items, those for which one turn has time: at least the first. Between two of them others are heard
 * (`breathe`, change-group.ts), whose time is not the turn's, so that it gets as far however much others ask.
 */
import { SHARE_TURN_MS } from '../net/limits.js';

export interface ItemsOfTurnOptions {
  /** Resolves when the turn may go on. */
  readonly breathe: () => Promise<void>;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
}

/** Gives one item after the other, and asks for the time when it is asked for the next one. */
export async function* itemsOfTurn<T>(
  items: Iterable<T>,
  { breathe, steadyMs }: ItemsOfTurnOptions,
): AsyncGenerator<T> {
  let untilMs: number | undefined;
  for (const item of items) {
    const nowMs = steadyMs();
    if (untilMs === undefined) untilMs = nowMs + SHARE_TURN_MS;
    else if (nowMs >= untilMs) return;
    else {
      await breathe();
      untilMs += steadyMs() - nowMs;
    }
    yield item;
  }
}
