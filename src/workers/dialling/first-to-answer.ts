/**
 * A race as RFC 8305 runs it: attempts begin one after the other, each when the one before has failed or
 * has not answered for a while, and go on side by side; the first that succeeds calls off the others.
 * Pure; how an attempt is made and how one waits is handed in.
 */
import type { Later } from '../../net/later.js';

export interface Race<C, T> {
  /** In the order in which they begin. */
  readonly candidates: readonly C[];
  /** Must give up, and leave nothing behind, when its signal is aborted. */
  readonly attempt: (candidate: C, signal: AbortSignal) => Promise<T>;
  /** A result that came too late. */
  readonly discard: (result: T) => void;
  /** A failure that ends the race: the others would meet it too. */
  readonly isFatal: (error: unknown) => boolean;
  /** How long one may be silent before the next begins, in milliseconds. */
  readonly staggerMs: number;
  readonly later: Later;
  /** Calls all of it off. */
  readonly signal: AbortSignal;
}

export type RaceOutcome<C, T> =
  /** `unbegun`: candidates whose turn did not come. */
  | { readonly won: true; readonly result: T; readonly unbegun: readonly C[] }
  /** One error for each attempt that was begun, in the order in which they failed. */
  | { readonly won: false; readonly errors: readonly unknown[] };

/** Runs the race to its end; no attempt is under way when it resolves, but those that are giving up. */
export function firstToAnswer<C, T>(race: Race<C, T>): Promise<RaceOutcome<C, T>> {
  return new Promise((resolve) => {
    const waiting = [...race.candidates];
    const errors: unknown[] = [];
    const calledOff = new AbortController();
    let running = 0;
    let isOver = false;
    let cancelTurn: (() => void) | undefined;
    const end = (outcome: RaceOutcome<C, T>): void => {
      isOver = true;
      cancelTurn?.();
      race.signal.removeEventListener('abort', onAbort);
      calledOff.abort();
      resolve(outcome);
    };
    const onAbort = (): void => end({ won: false, errors: [race.signal.reason] });
    const begin = (): void => {
      cancelTurn?.();
      cancelTurn = undefined;
      const candidate = waiting.shift();
      if (candidate === undefined) {
        if (running === 0) end({ won: false, errors });
        return;
      }
      running++;
      if (waiting.length > 0) cancelTurn = race.later(race.staggerMs, begin);
      race.attempt(candidate, calledOff.signal).then(
        (result) => {
          if (isOver) race.discard(result);
          else end({ won: true, result, unbegun: waiting });
        },
        (error: unknown) => {
          running--;
          if (isOver) return;
          errors.push(error);
          if (race.isFatal(error)) end({ won: false, errors: [error] });
          else begin();
        },
      );
    };
    if (race.signal.aborted) return onAbort();
    race.signal.addEventListener('abort', onAbort, { once: true });
    begin();
  });
}
