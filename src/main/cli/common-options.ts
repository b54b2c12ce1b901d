/** The options that every command has, unless it has one of that name itself. */
import { STANDARD, type OptionDefinition } from './command.js';
import { findCommand, oneShotOptionsOf, type CommandDefinition } from './command-table.js';

export const everyCommand: readonly OptionDefinition[] = [
  { name: 'json', short: 'j', summary: 'print the result, or what failed, as JSON' },
  {
    name: 'quiet',
    setting: 'common',
    short: 'q',
    summary: 'say nothing but errors, and what was asked for',
  },
  {
    name: 'verbose',
    setting: 'common',
    short: 'v',
    summary: 'say what it does: connections, peers, retries',
  },
  { name: 'no-input', summary: 'ask nothing, and fail where an answer is needed' },
  { name: 'yes', short: 'y', summary: 'answer yes to every question' },
  { name: 'timeout', placeholder: 'TIME', summary: 'give up after this long, e.g. 30s or 5m' },
  { name: 'debug', summary: 'show stack traces of errors' },
];

/** Whether words that may be wrong otherwise ask for events. */
export function asksForEvents(argv: readonly string[]): boolean {
  return wordsBeforeDashes(argv).some((word) => /^--events(=true)?$/.test(word));
}

/** They work for others than whoever started them, and none of what they print is what was asked for. */
export const STAYING: ReadonlySet<string> = new Set([
  'serve',
  'web',
  'share',
  'tracker',
  'client',
  'events',
]);

/** What they print says that they are done, and shows nothing that was asked for. */
export const CONFIRMING: ReadonlySet<string> = new Set([
  ...['create-user', 'login', 'logout', 'passwd', 'create-group', 'join', 'leave'],
  ...['accept', 'reject', 'role', 'transfer-owner', 'kick', 'ban', 'unban'],
  ...[
    'upload',
    'download',
    'get',
    'sync',
    'pause',
    'resume',
    'move',
    'cancel',
    'forget',
    'stop-share',
  ],
  ...['serve', 'up', 'down', 'tracker-backup', 'tracker-restore', 'quickstart'],
]);

/** What they do takes its time, and has figures. */
export const PROGRESSING: ReadonlySet<string> = new Set([
  ...['share', 'get', 'upload', 'download', 'sync', 'verify'],
]);

/** They are short and ask nobody else, or must not be left half done: no time ends them. */
const UNTIMED: ReadonlySet<string> = new Set([
  ...['tracker-backup', 'tracker-restore', 'tracker-check', 'tracker-invite'],
  ...['service', 'completion', 'config'],
]);

/** Those of a command that are not among its own; what stays gives up never, nor do those. */
export function commonOptionsOf(command: CommandDefinition): readonly OptionDefinition[] {
  const own = new Set(oneShotOptionsOf(command).map(({ name }) => name));
  const isFit = ({ name }: OptionDefinition): boolean =>
    !own.has(name) &&
    !(name === 'timeout' && (STAYING.has(command.verb) || UNTIMED.has(command.verb)));
  return everyCommand.filter(isFit);
}

/** Whether words that may be wrong otherwise ask for JSON. */
export function asksForJson(argv: readonly string[]): boolean {
  return wordsBeforeDashes(argv).some(
    (word) => /^--json(=true)?$/.test(word) || /^-[a-z]*j[a-z]*$/.test(word),
  );
}

/** Whether words that may be wrong otherwise ask for the content of a file at standard output. */
export function asksForContent([verb = '', ...words]: readonly string[]): boolean {
  const { args = [] } = findCommand(verb) ?? {};
  if (args.every(({ mayPass }) => mayPass !== 'out')) return false;
  if (words.some((word) => /^(-[a-z]*o=?|--output=)-$/i.test(word))) return true;
  // As the value of the option, or as the word that says where to: nothing that stands in front of that is meant.
  const bare = words.lastIndexOf(STANDARD);
  const isOption = (word: string): boolean => /^(-[a-z]*o|--output)$/i.test(word);
  const isBehind = words.slice(0, bare).some((word) => word === STANDARD || !word.startsWith('-'));
  return bare !== -1 && (isOption(words[bare - 1] ?? '') || isBehind);
}

function wordsBeforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes === -1 ? undefined : dashes);
}
