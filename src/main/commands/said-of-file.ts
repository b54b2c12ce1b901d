/** Commands as they are typed of one file: what reads like a whole command is one. */
import { spoken } from '../cli/command-table.js';
import { quoteArguments } from '../terminal/shell-words.js';
import type { SayCommand } from '../terminal/why-lines.js';

export function saidOfFile(
  form: Parameters<typeof spoken>[1],
  groupId: string,
  fileName: string,
): SayCommand {
  return (verb) => {
    const command = spoken(verb, form);
    return verb === 'resume' ? `${command} ${quoteArguments([groupId, fileName])}` : command;
  };
}
