/**
 * The command line: turns the arguments of `p2p` into a command and the words given to it.
 * The only importer of yargs, which sees the command table and nothing else: it neither
 * prints, nor exits, nor runs anything. Commands are loaded only when they run.
 */
import type { Argv } from 'yargs';
import { display } from '../../net/display.js';
import { nearestName } from '../../net/nearest-name.js';
import { ownVersion } from '../../net/own-version.js';
import { UsageError } from '../../net/errors.js';
import { isSystemError } from '../../net/system-errors.js';
import { mayBeLeftOut, withFallbacks, type Given } from './command.js';
import {
  findCommand,
  namesOf,
  oneShotOptionsOf,
  unknownCommand,
  withoutDoubledName,
  type CommandDefinition,
} from './command-table.js';
import { commonOptionsOf } from './common-options.js';
import { COMPLETION_REQUEST, completionsFor, meantWords } from './completion.js';
import type { Loudness } from '../terminal/output.js';
import { examples, longHelp, shortHelp } from './help-text.js';
import { withoutSettings, withSettings, type SettingsOf, type Values } from './untyped-options.js';

/** What the arguments ask for: text to print, or a command to run. */
export type CommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: CommandDefinition;
      readonly given: Given;
      readonly isJson: boolean;
      readonly isDebug: boolean;
      readonly loudness: Loudness;
      /** Every question is answered with yes. */
      readonly isYes: boolean;
      /** Nothing is asked. */
      readonly asksNobody: boolean;
      /** The same words, with what the files of settings say by now. */
      readonly rereadSettings: () => Promise<Given>;
      /** After how long it gives up, as it was typed; absent of a command that has such an option itself. */
      readonly timeout?: string;
    };

/** A command line that cannot be understood; `usage` says how it should have looked. */
export class CommandLineError extends UsageError {
  readonly usage: string | undefined;
  constructor(error: UsageError, usage?: string) {
    super(error.message, error.code);
    this.usage = usage;
  }
}

/**
 * No real argument holds this character (the system ends arguments with it), so it marks words
 * after `--`, which yargs does not count as arguments of a command.
 */
const AFTER_DASHES = '\0';

/** Reads the arguments of `p2p`; what was not typed comes from `settingsOf`. @throws CommandLineError, and what that throws */
export async function readCommandLine(
  argv: readonly string[],
  settingsOf: SettingsOf = withoutSettings,
): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    return { kind: 'text', text: completionsFor(meantWords(argv.slice(1))).join('\n') };
  }
  if (argv[0] === 'help' && argv.includes('--man')) {
    const { manPage } = await import('./man-page.js');
    return { kind: 'text', text: manPage(usageText, ownVersion()) };
  }
  const words = withoutDoubledName(withoutHelp(argv));
  const first = words[0];
  if (first === undefined) return { kind: 'text', text: shortHelp() };
  if (first === 'version' || first.startsWith('-')) return readWithoutCommand(words);
  const command = findCommand(first);
  if (command === undefined || command.forms === 'shell') {
    throw new CommandLineError(unknownCommand(first, 'one-shot'));
  }
  return readWithCommand(command, words, settingsOf);
}

/** `help` before a command, or alone, is `--help` behind it. */
function withoutHelp([first, ...rest]: readonly string[]): readonly string[] {
  if (first !== 'help') return first === undefined ? [] : [first, ...rest];
  return [...(rest[0] === 'help' ? rest.slice(1) : rest), '--help'];
}

/** `p2p --help`, `p2p --version`; any other option needs a command. */
function readWithoutCommand(words: readonly string[]): CommandLine {
  const isAny = (...names: readonly string[]): boolean =>
    words.some((word) => names.includes(word));
  if (isAny('--help', '-h')) return { kind: 'text', text: longHelp(usageText) };
  if (isAny('--version', '-V', '-v', 'version')) return { kind: 'text', text: ownVersion() };
  throw new CommandLineError(new UsageError('no command given; see p2p --help'));
}

async function readWithCommand(
  definition: CommandDefinition,
  words: readonly string[],
  settingsOf: SettingsOf,
): Promise<CommandLine> {
  const dashes = words.indexOf('--');
  const command = withoutOmitted(definition, dashes === -1 ? words : words.slice(0, dashes));
  // A single dash is a word too, of which yargs makes nothing.
  const asWord = (word: string): string => (word === '-' ? `${AFTER_DASHES}-` : word);
  const marked =
    dashes === -1
      ? words.map(asWord)
      : [
          ...words.slice(0, dashes).map(asWord),
          ...words.slice(dashes + 1).map((word) => AFTER_DASHES + word),
        ];
  let parsed: Parsed;
  try {
    // As yargs' default command: for a named one it lays out the whole help after every parse.
    parsed = await parse(marked.slice(1), (parser) =>
      withCommand(
        parser
          .scriptName(`p2p ${command.verb}`)
          .usage(helpHead(command))
          .epilogue(`Example:\n  ${exampleOf(command)}`),
        command,
        '$0',
      ),
    );
  } catch (error) {
    if (isSystemError(error)) throw error;
    throw new CommandLineError(explained(error as Error, command, words), usageLine(command));
  }
  const { text, values: typed } = parsed;
  if (text !== '') return { kind: 'text', text };
  const [values, settings] = withSettings(typed, await settingsOf(definition));
  return {
    kind: 'command',
    command: definition,
    given: withValues(definition, givenOf(command, values, settings)),
    rereadSettings: async () =>
      givenOf(command, ...withSettings(typed, await settingsOf(definition))),
    isJson: lastOf(values['json']) === true,
    isDebug: lastOf(values['debug']) === true,
    loudness: loudnessOf(typed, command) ?? loudnessOf(values, command) ?? 'usual',
    isYes: lastOf(values['yes']) === true,
    asksNobody: lastOf(values['no-input']) === true,
    ...timeoutOf(command, values),
  };
}

/** What was typed goes before what is set. @throws CommandLineError when both are asked for */
function loudnessOf(values: Values, command: CommandDefinition): Loudness | undefined {
  const [isQuiet, isVerbose] = ['quiet', 'verbose'].map((name) => lastOf(values[name]) === true);
  if (isQuiet && isVerbose) {
    const error = new UsageError('--quiet and --verbose contradict each other; give one of them');
    throw new CommandLineError(error, usageLine(command));
  }
  return isQuiet ? 'quiet' : isVerbose ? 'verbose' : undefined;
}

function timeoutOf(command: CommandDefinition, values: Values): { timeout?: string } {
  const value = lastOf(values['timeout']);
  const isCommon = commonOptionsOf(command).some(({ name }) => name === 'timeout');
  return isCommon && typeof value === 'string' ? { timeout: value } : {};
}

/** The command as these words ask for it: a switch may stand in for an argument. */
function withoutOmitted(command: CommandDefinition, words: readonly string[]): CommandDefinition {
  const isOmitted = ({ omittedWith, givenBy }: CommandDefinition['args'][number]): boolean =>
    (omittedWith !== undefined && words.includes(`--${omittedWith}`)) ||
    (givenBy !== undefined && names(command, givenBy, words));
  if (!command.args.some(isOmitted)) return command;
  return { ...command, args: command.args.filter((arg) => !isOmitted(arg)) };
}

/** Whether an option with a value is among the words. */
function names({ options }: CommandDefinition, option: string, words: readonly string[]): boolean {
  const short = options.find(({ name }) => name === option)?.short;
  // Switches may stand before it behind the same dash.
  const inShort = short === undefined ? undefined : new RegExp(`^-[a-z]*${short}`, 'i');
  return words.some(
    (word) => word === `--${option}` || word.startsWith(`--${option}=`) || inShort?.test(word),
  );
}

/** With the values of options that take the place of arguments. */
function withValues({ args }: CommandDefinition, given: Given): Given {
  const found: Record<string, string> = {};
  for (const { name, givenBy } of args) {
    const value = givenBy === undefined ? undefined : given.options[givenBy];
    if (typeof value === 'string') found[name] = value;
  }
  return { ...given, args: { ...given.args, ...found } };
}

interface Parsed {
  /** Help or version, if that was asked for. */
  readonly text: string;
  readonly values: Values;
}

async function parse(words: readonly string[], extend: (parser: Argv) => Argv): Promise<Parsed> {
  let text = '';
  const parser = extend(await newParser());
  const values = await parser.parseAsync([...words], {}, (error, _argv, output) => {
    if (error) throw error;
    text = output;
  });
  return { text, values };
}

/** The types of yargs do not know it yet. */
type WithUsageConfiguration = Argv & {
  usageConfiguration(options: { 'hide-types': boolean }): Argv;
};

/** Loaded with the first command: neither the version nor a mistake in its name needs it. */
async function newParser(): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  const parser = yargs() as WithUsageConfiguration;
  return parser
    .usageConfiguration({ 'hide-types': true })
    .scriptName('p2p')
    .detectLocale(false)
    .parserConfiguration({
      // Ids such as 0123 or 1e5 must stay what was typed.
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'boolean-negation': false,
      // Of an option that is given twice the last value counts, unless all do; see givenOf.
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
    })
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .help()
    .alias('help', 'h')
    .version(ownVersion())
    .alias('version', 'V');
}

/** What stands above the options in the help of one command. */
function helpHead(command: CommandDefinition): string {
  return `${['p2p', command.verb, ...shownArguments(command)].join(' ')}\n\n${command.summary}`;
}

function withCommand(parser: Argv, command: CommandDefinition, name: string): Argv {
  return parser.command({
    command: [name, ...parsedArguments(command)].join(' '),
    aliases: name === '$0' ? [] : namesOf(command).slice(1),
    describe: command.summary,
    builder: (own: Argv) => withOptions(own, command),
    handler: () => {
      // Running is not the parser's business.
    },
  });
}

function withOptions(parser: Argv, command: CommandDefinition): Argv {
  for (const { name, summary, kind } of command.args) {
    if (kind !== 'secret') parser.positional(name, { type: 'string', describe: summary });
  }
  const common = commonOptionsOf(command);
  for (const { name, short, summary, placeholder } of [...oneShotOptionsOf(command), ...common]) {
    const alias = short === undefined ? {} : { alias: short };
    if (placeholder === undefined)
      parser.option(name, { type: 'boolean', describe: summary, ...alias });
    else {
      const describe = `${summary} [${placeholder}]`;
      parser.option(name, { type: 'string', requiresArg: true, describe, ...alias });
    }
  }
  // Words beyond the arguments belong to the repeated one; see givenOf.
  if (hasRepeated(command)) parser.strict(false).strictOptions();
  return parser.group(
    [...common.map(({ name }) => name), 'help', 'version'],
    'Options of every command:',
  );
}

function shownArguments({ args }: CommandDefinition): string[] {
  return args
    .filter(({ kind }) => kind !== 'secret')
    .map((argument) => {
      const shown = argument.isRepeated ? `${argument.name}..` : argument.name;
      return mayBeLeftOut(argument) ? `[${shown}]` : `<${shown}>`;
    });
}

/** Of a repeated argument that comes last yargs would keep the last word alone; see wordsOf. */
function parsedArguments(command: CommandDefinition): string[] {
  const shown = shownArguments(command);
  return [...shown.slice(0, -1), ...shown.slice(-1).map((last) => last.replace('..', ''))];
}

function hasRepeated({ args }: CommandDefinition): boolean {
  return args.some(({ isRepeated }) => isRepeated);
}

function usageLine(command: CommandDefinition): string {
  const options = oneShotOptionsOf(command).length === 0 ? [] : ['[options]'];
  const usage = ['p2p', usageText(command), ...options].join(' ');
  return `usage: ${usage}; see p2p ${command.verb} --help`;
}

/** `upload <file..> <group>`. */
function usageText(command: CommandDefinition): string {
  return [command.verb, ...shownArguments(command)].join(' ');
}

function exampleOf({ verb }: CommandDefinition): string {
  return (examples as Readonly<Record<string, string>>)[verb] ?? `p2p ${verb}`;
}

/** Picks the words of a command out of what yargs found. */
function givenOf(command: CommandDefinition, values: Values, settings: ReadonlySet<string>): Given {
  const found: Record<string, string> = {};
  const options: Record<string, string | boolean> = {};
  const words = wordsOf(command, values);
  const position = command.args.findIndex(({ isRepeated }) => isRepeated);
  const further = words.splice(position + 1, Math.max(0, words.length - command.args.length));
  for (const [index, { name }] of command.args.entries()) {
    const value = position === -1 ? values[name] : words[index];
    if (typeof value === 'string') found[name] = value.replace(AFTER_DASHES, '');
  }
  const args = withFallbacks(command.args, found);
  const lists: Record<string, readonly string[]> = {};
  for (const { name, isRepeated } of oneShotOptionsOf(command)) {
    const value = lastOf(values[name]);
    if (isRepeated && value !== undefined) lists[name] = [values[name]].flat().map(String);
    else if (typeof value === 'string') options[name] = value.replace(AFTER_DASHES, '');
    else if (typeof value === 'boolean') options[name] = value;
  }
  const given = {
    ...{ args, options },
    ...(Object.keys(lists).length > 0 && { lists }),
    ...(settings.size > 0 && { settings }),
  };
  if (further.length === 0) return given;
  return { ...given, further: further.map((word) => word.replace(AFTER_DASHES, '')) };
}

function lastOf(value: unknown): unknown {
  return Array.isArray(value) ? (value.at(-1) as unknown) : value;
}

/**
 * All words of a command with a repeated argument. yargs lets only the last argument repeat:
 * it gives each one word, in order, and leaves what follows in `_`.
 */
function wordsOf(command: CommandDefinition, values: Values): string[] {
  if (!hasRepeated(command)) return [];
  const rest = values['_'] as readonly unknown[];
  const named = command.args.flatMap(({ name }) => values[name] ?? []);
  return [...named, ...rest].map(String);
}

/** What yargs complains about, in our words; it must never repeat a password. */
function explained(error: Error, command: CommandDefinition, words: readonly string[]): UsageError {
  const missing = /^Not enough non-option arguments: got (\d+)/.exec(error.message);
  if (missing !== null) {
    const name = command.args[Number(missing[1])]?.name ?? 'an argument';
    return new UsageError(`<${name}> is missing`);
  }
  const valueless = /^Not enough arguments following: (.+)$/.exec(error.message);
  if (valueless !== null) {
    const name = display(valueless[1]!, 64);
    const long = command.options.find(({ short }) => short === name)?.name ?? name;
    const typed = long === name ? `--${name}` : `-${name}`;
    return new UsageError(
      `${typed} needs a value; one that begins with a dash is written --${long}=VALUE`,
    );
  }
  if (command.args.some(({ kind }) => kind === 'secret')) {
    return new UsageError(
      'too many arguments or unknown options; a password is never taken from the argument list, use the prompt, --password-stdin, P2P_PASSWORD or P2P_PASSWORD_FILE',
    );
  }
  const unknown = /^Unknown arguments?: (.+)$/.exec(error.message);
  if (unknown !== null) {
    const name = unknown[1]!.replaceAll(AFTER_DASHES, '').split(', ')[0]!;
    const dashes = words.indexOf('--');
    const before = dashes === -1 ? words : words.slice(0, dashes);
    return isOptionAmong(before, name) ? unknownOption(name, command) : tooMany(name);
  }
  return new UsageError(display(error.message));
}

function isOptionAmong(words: readonly string[], name: string): boolean {
  return words.some((word) => /^--?([^=]*)/.exec(word)?.[1]?.startsWith(name));
}

function unknownOption(name: string, command: CommandDefinition): UsageError {
  const options = [...command.options, ...commonOptionsOf(command)];
  const known = [...options.map((option) => option.name), 'help', 'version'];
  const near = nearestName(name, known);
  const suggestion = near === undefined ? '' : `; did you mean --${near}?`;
  const dashes = name.length === 1 ? '-' : '--';
  return new UsageError(`unknown option ${dashes}${display(name, 128)}${suggestion}`);
}

function tooMany(word: string): UsageError {
  return new UsageError(`one argument too many: ${display(word, 128)}`);
}
