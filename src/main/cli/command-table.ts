/**
 * Every command there is, as data, and how a name leads to its definition. The one table for
 * the one-shot form, the interactive client, help and completion. It imports no command, so
 * that commands may import it.
 */
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import {
  mayBeLeftOut,
  type EngineDefinition,
  type OptionDefinition,
  type ProcessDefinition,
  type ShellDefinition,
} from './command.js';
import { accountCommands } from './account-table.js';
import { clientCommands } from './client-table.js';
import { fileCommands } from './file-table.js';
import { syncCommands } from './sync-table.js';
import { groupCommands } from './group-table.js';
import { guestCommands } from './guest-table.js';
import { habitCommands } from './habit-table.js';
import { processCommands } from './process-table.js';
import { nearestName } from '../../net/nearest-name.js';
import { shellCommands } from './shell-table.js';
import { trackerCommands } from './tracker-table.js';

type Definitions = readonly [
  ...typeof accountCommands,
  ...typeof groupCommands,
  ...typeof fileCommands,
  ...typeof syncCommands,
  ...typeof guestCommands,
  ...typeof clientCommands,
  ...typeof processCommands,
  ...typeof trackerCommands,
  ...typeof habitCommands,
  ...typeof shellCommands,
];
type VerbOf<Needs> = Extract<Definitions[number], { needs: Needs }>['verb'];

/** The verbs of commands that an engine carries out; `engineCode` has the code of each. */
export type EngineVerb = VerbOf<'engine'>;
/** The verbs of commands that are processes; `processCode` has the code of each. */
export type ProcessVerb = VerbOf<'process'>;

/** The verbs of the command line. */
export type OneShotVerb = Exclude<Definitions[number], { forms: 'shell' }>['verb'];

export type EngineCommand = EngineDefinition & { readonly verb: EngineVerb };
export type ProcessCommand = ProcessDefinition & { readonly verb: ProcessVerb };
export type ShellCommand = ShellDefinition & { readonly verb: VerbOf<'shell'> };
export type CommandDefinition = EngineCommand | ProcessCommand | ShellCommand;

/** All commands, in the order in which help lists them. */
export const commands: readonly CommandDefinition[] = [
  ...accountCommands,
  ...groupCommands,
  ...fileCommands,
  ...syncCommands,
  ...guestCommands,
  ...clientCommands,
  ...processCommands,
  ...trackerCommands,
  ...habitCommands,
  ...shellCommands,
];

const byName = new Map(
  commands.flatMap((command) => namesOf(command).map((name) => [name, command] as const)),
);

/** All names of a command; the verb comes first. */
export function namesOf(command: CommandDefinition): readonly string[] {
  return [command.verb, ...command.seedNames.filter((name) => name !== command.verb)];
}

/** The name of a command in the interactive client. */
export function shellNameOf(command: CommandDefinition): string {
  return command.seedNames[0] ?? command.verb;
}

/** The options of a command in the one-shot form. */
export function oneShotOptionsOf({ options }: CommandDefinition): readonly OptionDefinition[] {
  return options.filter(({ isInShell }) => isInShell !== 'only');
}

/** `upload_file <path> <group> [--as NAME] [--sha256]`: a command in the interactive client. */
export function usageOf(command: CommandDefinition): string {
  const options = command.options
    .filter(({ isInShell }) => isInShell)
    .map(({ name, placeholder }) => `[--${name}${placeholder ? ` ${placeholder}` : ''}]`);
  const args = command.args.map((argument) => {
    return mayBeLeftOut(argument) ? `[${argument.name}]` : `<${argument.name}>`;
  });
  return [shellNameOf(command), ...args, ...options].join(' ');
}

/** The command with that name in either form. */
export function findCommand(name: string): CommandDefinition | undefined {
  return byName.get(name);
}

/** A command as it is typed in a form, e.g. to tell what to do next: `p2p join`, `join_group`. */
export function spoken(verb: CommandDefinition['verb'], form: 'one-shot' | 'shell'): string {
  const command = findCommand(verb);
  return form === 'shell' && command !== undefined ? shellNameOf(command) : `p2p ${verb}`;
}

/** The same for a verb that a text names; undefined for a word that is no command of that form. */
export function spokenIn(form: 'one-shot' | 'shell'): (verb: string) => string | undefined {
  return (verb) => {
    const command = findCommand(verb);
    const isThere = command !== undefined && (command.forms === 'both' || command.forms === form);
    return isThere ? spoken(command.verb, form) : undefined;
  };
}

/** The commands of one form. */
export function commandsOf(form: 'one-shot' | 'shell'): readonly CommandDefinition[] {
  return commands.filter((command) => command.forms === 'both' || command.forms === form);
}

/** What is done with a tracker of this machine, as words behind `tracker`. */
const ofTrackers: ReadonlySet<string> = new Set(['admin', 'backup', 'restore', 'check']);

/**
 * Two words that stand for one command. `requests list_requests g` is the same as `list_requests g`: a group that
 * is called list_requests can still be asked for, because then no third word follows. `tracker admin users` is
 * `tracker-admin users`: a tracker that listens on a host of that name is given a port next.
 */
export function withoutDoubledName(words: readonly string[]): readonly string[] {
  const [first, second, third] = words;
  const isDoubled = first === 'requests' && second === 'list_requests' && third !== undefined;
  if (isDoubled) return [first, ...words.slice(2)];
  const isOfTracker =
    first === 'tracker' && ofTrackers.has(second ?? '') && !/^\d+$/.test(third ?? '');
  return isOfTracker ? [`tracker-${second}`, ...words.slice(2)] : words;
}

/** The error for a word that names no command, with the nearest one that does. */
export function unknownCommand(word: string, form: 'one-shot' | 'shell'): UsageError {
  const names = commandsOf(form).flatMap((command) =>
    form === 'shell' ? [shellNameOf(command)] : namesOf(command),
  );
  const nearest = nearestName(word, names);
  const suggestion = nearest === undefined ? '' : `did you mean "${nearest}"? `;
  const help = form === 'shell' ? '"help" lists all commands' : 'see p2p --help';
  return new UsageError(
    `unknown command "${display(word, 64)}"; ${suggestion}${help}`,
    'UNKNOWN_COMMAND',
  );
}
