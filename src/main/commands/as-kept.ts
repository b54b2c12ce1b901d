/** Why a command ended early, and what is left of its work. */
import { CancelledError } from '../../net/errors.js';

/** The same reason with `kept` added, if somebody ended the command; any other as it is. */
export function asKept(reason: unknown, kept: string): unknown {
  if (!(reason instanceof CancelledError)) return reason;
  return new CancelledError(`${reason.message}; ${kept}`, reason.code);
}
