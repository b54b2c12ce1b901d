/** Questions that a tracker of before does not know. */
import { P2pError } from '../../net/errors.js';

/** Undefined when the tracker refuses the question itself, which is an answer too. @throws P2pError any other refusal */
export async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof P2pError && error.code === 'BAD_REQUEST') return undefined;
    throw error;
  }
}
