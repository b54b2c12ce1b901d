/** `completion`: prints the script that teaches bash or zsh the words of this command line. */
import { ExitStatus } from '../../net/errors.js';
import type { Given } from '../cli/command.js';
import { completionScript } from '../cli/completion.js';
import type { ProcessContext } from '../cli/process-context.js';

export function run({ environment }: ProcessContext, given: Given): Promise<number> {
  const shell = given.args['shell'] ?? environment.env['SHELL'] ?? 'bash';
  environment.stdout.write(completionScript(shell.endsWith('zsh') ? 'zsh' : 'bash'));
  return Promise.resolve(ExitStatus.ok);
}
