/**
 * The function with which V8 collects the garbage of the thread that calls it. Only a context that is made while a
 * flag is set has it, and the flags are those of the whole process: a thread that clears the flag takes it from
 * another that has just set it, so that they take turns.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inThreadTurn } from '../../net/thread-turn.js';

/** Undefined when it could not be had this time; `waitMs` is how long the thread waits for its turn. */
export function garbageCollector(
  turn: SharedArrayBuffer,
  waitMs?: number,
): (() => void) | undefined {
  const findIt = (): (() => void) | undefined => {
    setFlagsFromString('--expose-gc');
    try {
      // A name that is not there is undefined by its type alone.
      return runInNewContext('typeof gc === "function" ? gc : undefined') as
        (() => void) | undefined;
    } catch {
      // Without room for a context there will be some later.
      return undefined;
    } finally {
      setFlagsFromString('--no-expose-gc');
    }
  };
  return inThreadTurn(turn, findIt, waitMs);
}
