/** The manual of the command line as a page for man(1), made of the command table. Pure. */
import { findCommand, namesOf, oneShotOptionsOf, type CommandDefinition } from './command-table.js';
import type { OptionDefinition } from './command.js';
import {
  chapters,
  commonOptions,
  environment,
  examples,
  EXIT_STATUSES,
  PURPOSE,
} from './help-text.js';

/** Lines of roff; `usage` says how a command is written. */
export function manPage(usage: (command: CommandDefinition) => string, version: string): string {
  return [
    `.TH P2P 1 "" "p2p ${version}" "User Commands"`,
    // Words are not broken, nor stretched over a line.
    ...['.nh', '.ad l'],
    '.SH NAME',
    'p2p \\- share files with a group of people',
    '.SH SYNOPSIS',
    ...['.B p2p', '.I COMMAND', '[argument]... [option]...'],
    '.SH DESCRIPTION',
    ...paragraph(PURPOSE),
    ...paragraph(
      'A tracker knows who is in which group, who has what and where they are; bytes of files go between computers. Each piece is verified. Every client has a folder of its own with its key, its login and what it shares.',
    ),
    '.SH COMMANDS',
    ...chapters.flatMap(([title, verbs]) => [
      `.SS ${escaped(title)}`,
      ...verbs.flatMap((verb) => commandEntry(findCommand(verb)!, usage)),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...commonOptions.flatMap(([option, summary]) => entry(bold(option.trim()), summary)),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, summary]) => entry(bold(name), summary)),
    '.SH EXIT STATUS',
    ...paragraph(EXIT_STATUSES),
    '.SH FILES',
    ...entry(
      bold('$P2P_HOME'),
      'all that makes a client this client: its key, its login, what it shares and downloads (default: $XDG_DATA_HOME/p2p, or ~/.local/share/p2p)',
    ),
    '.SH SEE ALSO',
    ...paragraph(
      'README.md and docs/ of the package: every command, the exit statuses and error codes, the protocol, the limits.',
    ),
    '',
  ].join('\n');
}

function commandEntry(
  command: CommandDefinition,
  usage: (command: CommandDefinition) => string,
): string[] {
  const { args, summary, verb } = command;
  const options = oneShotOptionsOf(command);
  const others = namesOf(command).slice(1);
  const example = (examples as Readonly<Record<string, string>>)[verb];
  return [
    ...entry(bold(`p2p ${usage(command)}`), summary),
    '.RS',
    ...args
      .filter(({ kind }) => kind !== 'secret')
      .flatMap((argument) => entry(italic(argument.name), argument.summary)),
    ...options.flatMap((option) => entry(optionHead(option), option.summary)),
    ...(others.length === 0 ? [] : paragraph(`Also: ${others.join(', ')}`)),
    ...(example === undefined ? [] : ['.PP', ...['.nf', line(example), '.fi']]),
    '.RE',
  ];
}

function optionHead({ name, short, placeholder }: OptionDefinition): string {
  const names = [...(short === undefined ? [] : [bold(`-${short}`)]), bold(`--${name}`)].join(', ');
  return placeholder === undefined ? names : `${names} ${italic(placeholder)}`;
}

/** A term, and what it means below it. */
function entry(head: string, text: string): string[] {
  return ['.TP', head, line(text)];
}

function paragraph(text: string): string[] {
  return ['.PP', line(text)];
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A line of text that begins with nothing that roff obeys. */
function line(text: string): string {
  return /^[.']/.test(text) ? `\\&${escaped(text)}` : escaped(text);
}

/** As it is typed: a plain dash would be printed as a hyphen, which no shell understands. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll(
      /[^\0-\x7f]/gu,
      (char) => `\\[u${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
