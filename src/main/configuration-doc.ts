/** The text of docs/configuration.md: `npm run docs:configuration` writes it, a test holds it. Pure. */
import {
  COMMON_TABLE,
  settingDefinitions,
  settingTables,
  type SettingDefinition,
} from './cli/setting-table.js';
import type { OptionDefinition } from './cli/command.js';
import { everyCommand } from './cli/common-options.js';

const HEAD = `# Configuration

<!-- Made by \`npm run docs:configuration\` of the table of commands; do not edit. -->

What you would type with each command can stand in a file. Of what is said several times, the first of these counts:

1. what is typed: \`p2p serve --port 7001\`;
2. a variable of the environment, where there is one: \`P2P_TRACKER\`;
3. \`config.toml\` in the home of the client (\`$P2P_HOME\`, else \`$XDG_DATA_HOME/p2p\`, else \`~/.local/share/p2p\`);
4. \`/etc/p2p/config.toml\`, for all users of the machine;
5. what the option has by default, as \`p2p help COMMAND\` says.

The file is [TOML](https://toml.io). A key is the name of an option, without its dashes, in the table of its command.
Options that mean the same everywhere may stand in \`[${COMMON_TABLE}]\` too, for all commands that have them; the table of
the command goes before it, whichever file it is in. Of the same key in both files that of the home counts.

\`\`\`toml
[common]
tracker = "192.0.2.10:8000"
up = "5MiB/s"
background = true

[serve]
port = 7001
relay = "10MiB/s"

[tracker]
data = "/var/lib/p2p-tracker"
registration = "invite"
\`\`\`

A value is a text in quotes, or a whole number; of an option that may be repeated also a list of them; of a switch
\`true\` or \`false\`. A switch that a file has on is turned off for one run by \`--background=false\`. Files and folders are
written from \`/\` on.

\`p2p up\` reads \`[serve]\`, and \`p2p tracker admin\`, \`backup\`, \`restore\`, \`check\` and \`p2p tracker-invite\` read
\`[tracker]\`. Commands of the interactive client have what \`[client]\` and \`[${COMMON_TABLE}]\` say of it as a whole.

## Showing and changing it

\`\`\`console
$ p2p config set common.up 5MiB/s
$ p2p config set serve.port 7001
$ p2p config list --show-origin
$ p2p config get serve.port
$ p2p config unset serve.port
\`\`\`

\`set\` and \`unset\` change one line of the file of the home and leave all others as they are, comments too; with
\`--system\` they change that of the machine. \`list\` and \`get\` tell what holds, with \`--system\` what the machine's file says.
\`get\` prints nothing of a key that is not set. What cannot be written by \`set\` (a table in braces) is told, and left
alone. The file is replaced as a whole, so no reader sees half of it; of several commands at the
same instant each has its turn. What root changes in the home of another user stays that user's.

A key that there is not, a value that does not fit and a text that is no TOML are errors that name the file and the
line, and the key that may have been meant; the exit status is 2. They stop every command that reads the
file, before it does anything, so that nothing runs in another way than it was told; \`p2p config set\` and \`unset\` still
work, unless it is no TOML, and so do \`down\` and \`log\`.

A file is refused, with exit status 7, when another user than you or root owns it or may write to it, or may write to the
folder in which it lies: it says what your programs do.

SIGHUP (\`systemctl reload\`) has \`serve\`, \`up\` and \`share\` read the files again: \`up\`, \`down\` and \`lan-limit\` hold at once,
of the rest it is said what the next start will have. A file that cannot be understood then changes nothing.
What \`p2p limit\` keeps is beneath \`up\` and \`down\` of a file, as it is beneath those that are typed.

\`P2P_SYSTEM_CONFIG\` names another file in the place of \`/etc/p2p/config.toml\`; empty, there is none.

A password is in no file, since others may read that: \`tracker.database\` and \`tracker.presence\` take an address without
one, and one with a password stands in the variable. \`list\` and \`get\` show it as \`***\`.

What destroys something (\`--overwrite\`, \`--yes\`), what means one run (\`--all\`, \`--as\`) and the form of what is printed
(\`--json\`), on which scripts rely, are typed and are no settings.

## All settings`;

const TAIL = `### Every other command

has a table of its name with ${everyCommand
  .filter(({ setting }) => setting !== undefined)
  .map(({ name }) => `\`${name}\``)
  .join(
    ' and ',
  )}, but for \`config\`, \`completion\`, \`down\`, \`log\` and \`service\`, which read no file.`;

/** The page. */
export function configurationDoc(): string {
  const tables = settingTables().filter(hasMore).map(tablePart);
  return `${[HEAD, ...tables, TAIL].join('\n\n')}\n`;
}

/** Whether there is anything in a table that is not in that of every command. */
function hasMore(table: string): boolean {
  const ofEvery: readonly string[] = everyCommand.map(({ name }) => name);
  return [...settingDefinitions.values()].some(
    (one) => one.table === table && !ofEvery.includes(one.option.name),
  );
}

function tablePart(table: string): string {
  const all = [...settingDefinitions.values()].filter((one) => one.table === table);
  const isOwn = ({ option }: SettingDefinition): boolean =>
    table === COMMON_TABLE || option.setting === 'own';
  const rows = all.filter(isOwn).map(({ option }) => {
    const { name, variable, summary } = option;
    const cells = [`\`${name}\``, valueOf(option), variable ? `\`${variable}\`` : '', summary];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = ['| key | value | variable | what it is |', '| --- | --- | --- | --- |'];
  const shown = rows.length === 0 ? [] : ['', ...head, ...rows];
  return [`### \`[${table}]\``, ...shown, ...commonPart(table, all)].join('\n');
}

/** What the table of a command may say otherwise than that of all. */
function commonPart(table: string, all: readonly SettingDefinition[]): string[] {
  const common = all.filter(({ option }) => option.setting === 'common');
  if (table === COMMON_TABLE || common.length === 0) return [];
  const names = common.map(({ option }) => `\`${option.name}\``).join(', ');
  return ['', `As in \`[${COMMON_TABLE}]\`: ${names}.`];
}

function valueOf({ placeholder, choices, isRepeated }: OptionDefinition): string {
  if (placeholder === undefined) return 'true or false';
  const one = choices === undefined ? placeholder : choices.join(', ');
  return isRepeated ? `${one}, or a list` : one;
}
