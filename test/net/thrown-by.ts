/** Names what a call throws, for tables of refusals. */
import { P2pError } from '../../src/net/errors.js';

/** The code of the P2pError that `run` throws, or undefined; anything else passes through. */
export function codeThrownBy(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof P2pError) return error.code;
    throw error;
  }
}
