/** The options that every command has, unless it has one of that name itself. */
import type { OptionDefinition } from './command.js';
import { oneShotOptionsOf, type CommandDefinition } from './command-table.js';

export const everyCommand: readonly OptionDefinition[] = [
  { name: 'json', short: 'j', summary: 'print the result, or what failed, as JSON' },
  { name: 'debug', summary: 'show stack traces of errors' },
];

/** Those of a command that are not among its own. */
export function commonOptionsOf(command: CommandDefinition): readonly OptionDefinition[] {
  const own = new Set(oneShotOptionsOf(command).map(({ name }) => name));
  return everyCommand.filter(({ name }) => !own.has(name));
}

/** Whether words that may be wrong otherwise ask for JSON. */
export function asksForJson(argv: readonly string[]): boolean {
  const dashes = argv.indexOf('--');
  const words = argv.slice(0, dashes === -1 ? undefined : dashes);
  return words.some((word) => /^--json(=true)?$/.test(word) || /^-[a-z]*j[a-z]*$/.test(word));
}
