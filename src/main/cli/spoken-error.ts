/** An error whose text names commands as they are typed where it is read. */
import { P2pError } from '../../net/errors.js';
import { withSpokenCommands } from '../terminal/spoken-commands.js';
import { spokenIn } from './command-table.js';

/** The same error: class, stack and what else it carries stay; only its words change. */
export function spokenError(error: unknown, form: 'one-shot' | 'shell'): unknown {
  if (error instanceof P2pError) error.message = withSpokenCommands(error.message, spokenIn(form));
  return error;
}
