/**
 * What happens when nothing else caught an error: one line, exit status 1, the terminal as it
 * was. Such an error is always a mistake of ours; its stack comes with --debug. The process
 * ends here, because nobody can say what state it is in; what has to survive a kill does.
 */
import { writeSync } from 'node:fs';
import { ExitStatus } from '../net/errors.js';
import { errorLine } from './terminal/error-line.js';

const STDERR_FD = 2;

/** Reports every uncaught error and rejection of this process, then ends it. */
export function installLastResort(isDebug: boolean): void {
  process.on('uncaughtException', (error) => {
    try {
      writeSync(STDERR_FD, `${errorLine(error, isDebug)}\n`);
    } catch {
      // Nobody reads it any more; the status still tells.
    }
    process.exit(ExitStatus.failure);
  });
}
