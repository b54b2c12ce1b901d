/** `completion`: prints the script that teaches a shell the words of this command line. */
import { basename } from 'node:path';
import { display } from '../../net/display.js';
import { ExitStatus, UsageError } from '../../net/errors.js';
import type { Given } from '../cli/command.js';
import { completionScript, completionShells } from '../cli/completion.js';
import type { ProcessContext } from '../cli/process-context.js';

export async function run({ environment, out }: ProcessContext, given: Given): Promise<number> {
  const shell = given.args['shell'] ?? basename(environment.env['SHELL'] ?? 'bash');
  const script = completionScript(shell);
  if (script === undefined) {
    throw new UsageError(
      `there is no completion for "${display(shell, 64)}"; there is for ${completionShells.join(', ')}`,
    );
  }
  if (out.isJson) out.result({ shell, script }, []);
  else environment.stdout.write(script);
  return Promise.resolve(ExitStatus.ok);
}
