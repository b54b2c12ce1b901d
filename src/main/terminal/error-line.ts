/**
 * The one line that a failing command prints. A foreseen error says what to do next; anything
 * else is a mistake of ours and is named as such, with its stack only on demand.
 */
import { P2pError, asForeseen } from '../../net/errors.js';
import { shownLine } from './shown-line.js';

/** `error: ...`; with `isDebug` followed by the stack trace. */
export function errorLine(thrown: unknown, isDebug: boolean): string {
  const error = asForeseen(thrown);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const trace =
    isDebug && stack !== undefined ? `\n${stack.split('\n').map(shownLine).join('\n')}` : '';
  if (error instanceof P2pError) return `error: ${shownLine(message)}${trace}`;
  const advice = isDebug ? '' : ' (run again with --debug to see where)';
  return `error: internal error: ${shownLine(message)}${advice}${trace}`;
}
