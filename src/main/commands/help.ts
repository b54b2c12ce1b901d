/** `help`: the commands of the interactive client, or one of them with its options. */
import type { CommandContext, Given } from '../cli/command.js';
import {
  commandsOf,
  findCommand,
  unknownCommand,
  usageOf,
  type CommandDefinition,
} from '../cli/command-table.js';
import { shellHelp, shellHelpOf } from '../cli/help-text.js';

export async function run({ out }: CommandContext, given: Given): Promise<void> {
  const { command: name } = given.args;
  if (name === undefined) {
    out.result({ commands: commandsOf('shell').map(asRecord) }, shellHelp());
    return;
  }
  const command = findCommand(name);
  if (command === undefined || !commandsOf('shell').includes(command)) {
    throw unknownCommand(name, 'shell');
  }
  out.result({ commands: [asRecord(command)] }, shellHelpOf(command));
}

function asRecord(command: CommandDefinition) {
  return { usage: usageOf(command), summary: command.summary };
}
