/** `help`: the commands of the interactive client, or one of them with its options. */
import type { CommandContext, Given } from '../cli/command.js';
import { commandsOf, findCommand, unknownCommand, usageOf } from '../cli/command-table.js';
import { shellHelp, shellHelpOf } from '../cli/help-text.js';

export async function run({ out }: CommandContext, given: Given): Promise<void> {
  const { command: name } = given.args;
  if (name === undefined) {
    const rows = commandsOf('shell').map((command) => ({
      usage: usageOf(command),
      summary: command.summary,
    }));
    out.result(rows, shellHelp());
    return;
  }
  const command = findCommand(name);
  if (command === undefined || !commandsOf('shell').includes(command)) {
    throw unknownCommand(name, 'shell');
  }
  out.result({ usage: usageOf(command), summary: command.summary }, shellHelpOf(command));
}
