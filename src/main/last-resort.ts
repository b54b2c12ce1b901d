/**
 * What happens when nothing else caught an error: one line, an exit status that is not 0, the
 * terminal as it was. Such an error is a mistake of ours, or an answer of the system to a call that
 * nobody waits for; the stack of the former comes with --debug. The process
 * ends here, because nobody can say what state it is in; what has to survive a kill does.
 */
import { writeSync } from 'node:fs';
import { exitStatusOf } from '../net/errors.js';
import { answerText } from './terminal/answer-json.js';
import { errorLine } from './terminal/error-line.js';
import { failureOf } from './terminal/failure-json.js';

const STDOUT_FD = 1;
const STDERR_FD = 2;

/**
 * Reports every uncaught error and rejection of this process, then ends it. The answered function says that
 * programs have their one object: no second one follows. Where standard output has the content of a file, nothing else goes
 * there.
 */
export function installLastResort(
  isDebug: boolean,
  isJson: boolean,
  isContent = false,
): () => void {
  let isAnswered = false;
  process.on('uncaughtException', (error) => {
    try {
      writeSync(STDERR_FD, `${errorLine(error, isDebug)}\n`);
      const fd = isContent ? STDERR_FD : STDOUT_FD;
      if (isJson && !isAnswered) writeSync(fd, `${answerText(failureOf(error))}\n`);
    } catch {
      // Nobody reads it any more; the status still tells.
    }
    process.exit(exitStatusOf(error));
  });
  return () => void (isAnswered = true);
}
