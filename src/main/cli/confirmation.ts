/** Who answers the questions of a command: `--yes`, nobody with `--no-input`, or whoever sits at the terminal. Owns nothing. */
import { UsageError } from '../../net/errors.js';
import type { CommandContext } from './command.js';

export interface Answering {
  /** Every question is answered with yes. */
  readonly isYes: boolean;
  /** Nobody may be asked, whoever sits there. @default false */
  readonly asksNobody?: boolean;
}

/** `ask` is undefined where nobody sits. What it answers fails with UsageError at a question that `--no-input` forbids. */
export function confirming(
  { isYes, asksNobody = false }: Answering,
  ask: CommandContext['confirm'],
): Pick<CommandContext, 'confirm' | 'isYes'> {
  if (isYes) return { isYes, confirm: () => Promise.resolve(true) };
  if (asksNobody) return { confirm: (question) => Promise.reject(unasked(question)) };
  return ask === undefined ? {} : { confirm: ask };
}

function unasked(question: string): UsageError {
  return new UsageError(`${question} Nothing is asked with --no-input; --yes says yes`);
}
