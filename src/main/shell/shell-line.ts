/**
 * Reads one line of the interactive client by the command table: which command it names and
 * which words are its arguments and options. Pure. Only the options that a command defines
 * for the shell are options here; any other word may be an id, a name or a password.
 */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import { nearestName } from '../../net/nearest-name.js';
import {
  mayBeLeftOut,
  withFallbacks,
  type ArgumentDefinition,
  type Given,
  type OptionDefinition,
} from '../cli/command.js';
import {
  findCommand,
  shellNameOf,
  unknownCommand,
  usageOf,
  withoutDoubledName,
  type CommandDefinition,
  type EngineCommand,
  type ShellCommand,
} from '../cli/command-table.js';
import { isInviteLink } from '../terminal/invite-link.js';
import { splitShellWords } from '../terminal/shell-words.js';

/** A line that names a command and gives it all it needs. */
export interface ShellLine {
  readonly command: EngineCommand | ShellCommand;
  readonly given: Given;
}

/**
 * Reads a line; undefined for an empty one. Where passwords can be asked for they may be left out.
 * @throws UsageError
 */
export function readShellLine(line: string, canAsk = false): ShellLine | undefined {
  const words = withoutDoubledName(splitShellWords(line));
  const [name, ...rest] = words;
  if (name === undefined) return undefined;
  const command = findCommand(name);
  if (command === undefined) throw unknownCommand(name, 'shell');
  if (command.needs === 'process' || command.forms === 'one-shot') {
    throw new UsageError(`"${name}" is no command of the interactive client; run p2p ${name}`);
  }
  const [first] = rest;
  if (rest.length === 1 && HELP_OPTIONS.has(first ?? '')) return explained(command);
  return { command, given: readWords(command, rest, canAsk) };
}

function explained(asked: CommandDefinition): ShellLine {
  const command = findCommand('help') as EngineCommand;
  const args = asked.verb === 'help' ? {} : { command: shellNameOf(asked) };
  return { command, given: { args, options: {} } };
}

/** What people ask for with the other programs they know. */
const HELP_OPTIONS: ReadonlySet<string> = new Set(['--help', '-h']);

function readWords(command: CommandDefinition, words: readonly string[], canAsk: boolean): Given {
  const values: string[] = [];
  const options: Record<string, string | boolean> = {};
  const lists: Record<string, string[]> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    const option = optionNamed(command, word);
    if (option === undefined) values.push(word);
    else if (option.placeholder === undefined) options[option.name] = true;
    else {
      index += 1;
      const value = words[index] ?? needsValue(command, option);
      if (option.isRepeated) (lists[option.name] ??= []).push(value);
      else options[option.name] = value;
    }
  }
  const mayLack = (argument: ArgumentDefinition): boolean =>
    mayBeLeftOut(argument) || (argument.kind === 'secret' && canAsk);
  const least = command.args.filter((argument) => !mayLack(argument)).length;
  const { length: most } = command.args;
  const further = command.args.at(-1)?.isRepeated === 'everywhere' ? values.splice(most) : [];
  if (values.length < least || values.length > most) throw wrongCount(command, values);
  const named = Object.fromEntries(
    values.map((value, index) => [command.args[index]!.name, value]),
  );
  const args = withFallbacks(command.args, named);
  return {
    args,
    options,
    ...(further.length > 0 && { further }),
    ...(Object.keys(lists).length > 0 && { lists }),
  };
}

function optionNamed(command: CommandDefinition, word: string): OptionDefinition | undefined {
  return command.options.find(({ name, isInShell }) => isInShell && word === `--${name}`);
}

function needsValue(command: CommandDefinition, option: OptionDefinition): never {
  throw new UsageError(`--${option.name} needs a value; usage: ${usageOf(command)}`);
}

function wrongCount(command: CommandDefinition, values: readonly string[]): UsageError {
  const missing = command.args[values.length];
  const what =
    missing === undefined
      ? (meantOption(command, values) ?? 'too many arguments')
      : `<${missing.name}> is missing`;
  return new UsageError(`${what}; usage: ${usageOf(command)}`);
}

/** A word too many that looks like an option was meant as one. */
function meantOption(command: CommandDefinition, values: readonly string[]): string | undefined {
  const holdsSecret = command.args.some(({ kind }) => kind === 'secret');
  const [, name] = /^--([^=]+)/.exec(values.find((word) => word.startsWith('--')) ?? '') ?? [];
  // A password may begin so, and must not be shown.
  if (name === undefined || holdsSecret) return undefined;
  const known = command.options.flatMap((option) => (option.isInShell ? [option.name] : []));
  const near = nearestName(name, known);
  const suggestion = near === undefined ? '' : `, did you mean --${near}?`;
  return `unknown option --${display(name, 128)}${suggestion}`;
}

/** Whether a line may be kept: one that may hold a password never is. */
export function isFitForHistory(line: string): boolean {
  try {
    const words = splitShellWords(line);
    const command = findCommand(words[0] ?? '');
    // A misspelt `login` has a password in it as well, so unknown commands are not kept; a link lets in.
    const isOpen = command?.args.every(({ kind }) => kind !== 'secret') ?? false;
    return isOpen && !words.some(isInviteLink);
  } catch {
    return false;
  }
}
