/**
 * The command line: turns the arguments of `p2p` into a command and the words given to it.
 * The only importer of yargs, which sees the command table and nothing else: it neither
 * prints, nor exits, nor runs anything. Commands are loaded only when they run.
 */
import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { display } from '../../net/display.js';
import { inPackage } from '../../net/package-root.js';
import { UsageError } from '../../net/errors.js';
import type { Given } from './command.js';
import {
  commandsOf,
  findCommand,
  namesOf,
  oneShotOptionsOf,
  unknownCommand,
  withoutDoubledName,
  type CommandDefinition,
} from './command-table.js';
import { COMPLETION_REQUEST, completionsFor } from './completion.js';

/** What the arguments ask for: text to print, or a command to run. */
export type CommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: CommandDefinition;
      readonly given: Given;
      readonly isJson: boolean;
      readonly isDebug: boolean;
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

const PURPOSE = 'p2p <command>: share files with groups, download them from many peers at once.';
const EPILOGUE = `Environment:
  P2P_HOME           the folder of this client; another folder is another client
  P2P_TRACKER        the tracker, as HOST:PORT
  P2P_PEER_TRANSPORT tls refuses peers that do not encrypt (serve, client, download)
  P2P_PASSWORD       the password, instead of a prompt
  P2P_PASSWORD_FILE  the file that holds it
  P2P_NEW_PASSWORD   the new password of passwd; also with _FILE
  P2P_INVITE         the invite of create-user

Exit status: 0 done, 1 failed, 2 usage, 3 not allowed, 4 not found, 5 network,
6 damaged data, 7 disk, 8 timeout, 130 interrupted, 143 terminated.`;

/** Reads the arguments of `p2p`. @throws CommandLineError */
export async function readCommandLine(argv: readonly string[]): Promise<CommandLine> {
  if (argv[0] === COMPLETION_REQUEST) {
    return { kind: 'text', text: completionsFor(argv.slice(1)).join('\n') };
  }
  const words = withoutDoubledName(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv);
  const first = words[0];
  if (first === undefined) throw noCommand();
  if (first.startsWith('-')) return readWithoutCommand(words);
  const command = findCommand(first);
  if (command === undefined || command.forms === 'shell') {
    throw new CommandLineError(unknownCommand(first, 'one-shot'));
  }
  return readWithCommand(command, words);
}

function noCommand(): CommandLineError {
  return new CommandLineError(new UsageError('no command given; see p2p --help'));
}

/** `p2p --help`, `p2p --version`; any other option needs a command. */
async function readWithoutCommand(words: readonly string[]): Promise<CommandLine> {
  const all = commandsOf('one-shot');
  try {
    const { text } = await parse(words, (parser) =>
      all.reduce(
        (table, command) => withCommand(table, command, command.verb),
        parser.usage(PURPOSE).epilogue(EPILOGUE),
      ),
    );
    if (text !== '') return { kind: 'text', text };
  } catch {
    // Whatever is wrong with the options, what is missing first is a command.
  }
  throw noCommand();
}

async function readWithCommand(
  definition: CommandDefinition,
  words: readonly string[],
): Promise<CommandLine> {
  const dashes = words.indexOf('--');
  const command = withoutOmitted(definition, dashes === -1 ? words : words.slice(0, dashes));
  const marked =
    dashes === -1
      ? words
      : [...words.slice(0, dashes), ...words.slice(dashes + 1).map((word) => AFTER_DASHES + word)];
  let parsed: Parsed;
  try {
    // As yargs' default command: for a named one it lays out the whole help after every parse.
    parsed = await parse(marked.slice(1), (parser) =>
      withCommand(parser.scriptName(`p2p ${command.verb}`).usage(helpHead(command)), command, '$0'),
    );
  } catch (error) {
    throw new CommandLineError(explained(error as Error, command), usageLine(command));
  }
  const { text, values } = parsed;
  if (text !== '') return { kind: 'text', text };
  return {
    kind: 'command',
    command: definition,
    given: givenOf(command, values),
    isJson: values['json'] === true,
    isDebug: values['debug'] === true,
  };
}

/** The command as these words ask for it: a switch may stand in for an argument. */
function withoutOmitted(command: CommandDefinition, words: readonly string[]): CommandDefinition {
  const isOmitted = ({ omittedWith }: CommandDefinition['args'][number]): boolean =>
    omittedWith !== undefined && words.includes(`--${omittedWith}`);
  if (!command.args.some(isOmitted)) return command;
  return { ...command, args: command.args.filter((arg) => !isOmitted(arg)) };
}

interface Parsed {
  /** Help or version, if that was asked for. */
  readonly text: string;
  readonly values: Readonly<Record<string, unknown>>;
}

async function parse(words: readonly string[], extend: (parser: Argv) => Argv): Promise<Parsed> {
  let text = '';
  const parser = extend(newParser());
  const values = await parser.parseAsync([...words], {}, (error, _argv, output) => {
    if (error) throw error;
    text = output;
  });
  return { text, values };
}

function newParser(): Argv {
  return yargs()
    .scriptName('p2p')
    .detectLocale(false)
    .parserConfiguration({
      // Ids such as 0123 or 1e5 must stay what was typed.
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'boolean-negation': false,
      'duplicate-arguments-array': false,
      'greedy-arrays': false,
    })
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .help()
    .version(readVersion())
    .option('debug', { type: 'boolean', describe: 'show stack traces of errors', global: true });
}

/** What stands above the options in the help of one command. */
function helpHead(command: CommandDefinition): string {
  return `${['p2p', command.verb, ...shownArguments(command)].join(' ')}\n\n${command.summary}`;
}

function withCommand(parser: Argv, command: CommandDefinition, name: string): Argv {
  return parser.command({
    command: [name, ...shownArguments(command)].join(' '),
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
  for (const { name, summary, placeholder } of oneShotOptionsOf(command)) {
    if (placeholder === undefined) parser.option(name, { type: 'boolean', describe: summary });
    else {
      const describe = `${summary} [${placeholder}]`;
      parser.option(name, { type: 'string', requiresArg: true, describe });
    }
  }
  // Words beyond the arguments belong to the repeated one; see givenOf.
  if (hasRepeated(command)) parser.strict(false).strictOptions();
  if (command.needs === 'engine') {
    parser.option('json', { type: 'boolean', describe: 'print the result as JSON' });
  }
  return parser;
}

function shownArguments({ args }: CommandDefinition): string[] {
  return args
    .filter(({ kind }) => kind !== 'secret')
    .map(({ name, kind, isRepeated }) => {
      const shown = isRepeated ? `${name}..` : name;
      return kind === 'optional' ? `[${shown}]` : `<${shown}>`;
    });
}

function hasRepeated({ args }: CommandDefinition): boolean {
  return args.some(({ isRepeated }) => isRepeated);
}

function usageLine(command: CommandDefinition): string {
  const options = oneShotOptionsOf(command).length === 0 ? [] : ['[options]'];
  const usage = ['p2p', command.verb, ...shownArguments(command), ...options].join(' ');
  return `usage: ${usage}; see p2p ${command.verb} --help`;
}

/** Picks the words of a command out of what yargs found. */
function givenOf(command: CommandDefinition, values: Readonly<Record<string, unknown>>): Given {
  const args: Record<string, string> = {};
  const options: Record<string, string | boolean> = {};
  const words = wordsOf(command, values);
  const position = command.args.findIndex(({ isRepeated }) => isRepeated);
  const further = words.splice(position + 1, words.length - command.args.length);
  for (const [index, { name }] of command.args.entries()) {
    const value = position === -1 ? values[name] : words[index];
    if (typeof value === 'string') args[name] = value.replace(AFTER_DASHES, '');
  }
  for (const { name } of oneShotOptionsOf(command)) {
    const value = values[name];
    if (typeof value === 'string' || typeof value === 'boolean') options[name] = value;
  }
  if (further.length === 0) return { args, options };
  return { args, options, further: further.map((word) => word.replace(AFTER_DASHES, '')) };
}

/**
 * All words of a command with a repeated argument. yargs lets only the last argument repeat:
 * it gives each one word, in order, and leaves what follows in `_`.
 */
function wordsOf(command: CommandDefinition, values: Readonly<Record<string, unknown>>): string[] {
  if (!hasRepeated(command)) return [];
  const rest = values['_'] as readonly unknown[];
  return [...command.args.map(({ name }) => values[name]), ...rest].map(String);
}

/** What yargs complains about, in our words; it must never repeat a password. */
function explained(error: Error, command: CommandDefinition): UsageError {
  const missing = /^Not enough non-option arguments: got (\d+)/.exec(error.message);
  if (missing !== null) {
    const name = command.args[Number(missing[1])]?.name ?? 'an argument';
    return new UsageError(`<${name}> is missing`);
  }
  const valueless = /^Not enough arguments following: (.+)$/.exec(error.message);
  if (valueless !== null) {
    const name = display(valueless[1]!, 64);
    return new UsageError(
      `--${name} needs a value; one that begins with a dash is written --${name}=VALUE`,
    );
  }
  if (command.args.some(({ kind }) => kind === 'secret')) {
    return new UsageError(
      'too many arguments or unknown options; a password is never taken from the argument list, use the prompt, --password-stdin, P2P_PASSWORD or P2P_PASSWORD_FILE',
    );
  }
  const unknown = /^Unknown arguments?: (.+)$/.exec(error.message);
  if (unknown !== null) {
    return new UsageError(
      `unknown argument or option: ${display(unknown[1]!.replaceAll(AFTER_DASHES, ''), 128)}`,
    );
  }
  return new UsageError(display(error.message));
}

function readVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string })
    .version;
}
