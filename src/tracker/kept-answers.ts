/**
 * Has a change done once that is asked for again because its answer was lost. The answer is kept in the transaction of the
 * change, under the key with which it was asked for; so what is there is done, at whichever tracker. Whoever asks again
 * is refused, most often, because it is done (the group is there), or comes upon the answer that is kept: then it is
 * answered with that, and nothing is done. A change that is asked for once costs a statement more.
 *
 * Answers are kept by user, before a login by device, MAX_KEPT_ANSWERS of each: a client goes round through the places.
 * What is older than ANSWER_KEPT_MS goes with one that is kept in the first place of anybody.
 */
import { createHash, createHmac } from 'node:crypto';
import { placeOfKey } from '../net/asked-once.js';
import { TrackerError, type ErrorCode } from '../net/errors.js';
import { ANSWER_KEPT_MS, ANSWERS_FORGOTTEN_AT_ONCE } from '../net/limits.js';
import type { TrackerMethod } from '../net/tracker-api.js';
import type { StoreFacts, StoreTransaction } from './store/store.js';

/** Under what an answer is kept. */
export interface OnceKey {
  /** Of all keys of all who ask. */
  readonly id: string;
  readonly owner: string;
  readonly place: number;
  /** Tells what is asked for from anything else, and nothing of it to who does not have the key. */
  readonly request: string;
}

/** The change was done before; its answer is there. */
export class DoneBefore extends Error {
  constructor() {
    super('this was done before');
  }
}

/** Nothing is known of what was asked for: it may be under way. */
const UNDECIDED: readonly ErrorCode[] = ['BUSY', 'TRACKER_STORAGE'];

/** `owner`: who asks, and may ask again. The key itself is stored nowhere. */
export function onceKey(
  owner: string,
  method: TrackerMethod,
  params: object,
  key: string,
): OnceKey {
  const id = createHash('sha256').update(`${owner}\n${method}\n${key}`).digest('hex');
  // A password is among them: without the key nobody can try which one it is.
  const request = createHmac('sha256', key).update(JSON.stringify(params)).digest('hex');
  return { id, owner, place: placeOfKey(key), request };
}

/** Keeps what a turn answers, at its end. @throws DoneBefore when the turn is to be undone */
export async function keepAnswer(
  tx: Pick<StoreTransaction, 'keepAnswer' | 'removeAnswers'>,
  once: OnceKey,
  answer: unknown,
  nowMs: number,
): Promise<void> {
  const text = JSON.stringify(answer ?? {});
  if (!(await tx.keepAnswer({ ...once, text, keptAtMs: nowMs }))) throw new DoneBefore();
  // Not each time: what looks for old ones is thwarted by those who keep one meanwhile.
  if (once.place > 0) return;
  await tx.removeAnswers(nowMs - ANSWER_KEPT_MS, ANSWERS_FORGOTTEN_AT_ONCE);
}

/** What was answered to the same before. @throws BAD_REQUEST when that key was used for something else */
export async function findAnswer(
  facts: Pick<StoreFacts, 'findAnswer'>,
  once: OnceKey,
): Promise<string | undefined> {
  const kept = await facts.findAnswer(once);
  if (kept === undefined || kept.request === once.request) return kept?.text;
  throw new TrackerError('BAD_REQUEST', 'this key was used for something else; nothing was done');
}

/**
 * What `work` answers, or what was answered to the same before. `look` gives the facts that are on the disk by now.
 * @throws what `work` does
 */
export async function orAnswerOfBefore(
  once: OnceKey,
  work: () => Promise<unknown>,
  look: <T>(look: (facts: StoreFacts) => Promise<T>) => Promise<T>,
): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const isRefusal = error instanceof TrackerError && !UNDECIDED.includes(error.code);
    if (!isRefusal && !(error instanceof DoneBefore)) throw error;
    const text = await look((facts) => findAnswer(facts, once));
    if (text !== undefined) return decodeAnswer(text);
    // It was forgotten since.
    throw isRefusal
      ? error
      : new TrackerError('BUSY', 'this was done just now; look, then try again');
  }
}

/** @throws TRACKER_STORAGE for what the database cannot have been given */
function decodeAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TrackerError(
      'TRACKER_STORAGE',
      'this was done before, and what was answered then is damaged; look, then ask the operator',
      { cause: error },
    );
  }
}
