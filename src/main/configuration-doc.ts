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

## Hooks

\`[hooks]\` says what is run when something happens, whichever command it happens in:

\`\`\`toml
[hooks]
on-complete = "cp -rt /srv/films"
on-failed = ["/home/ann/bin/tell me", "a download has failed"]
on-request = "/home/ann/bin/asked-to-join"
\`\`\`

A text is cut into words by plain rules: blanks part them, quotes and backslashes keep what they keep in a shell. A list has the
words as they are. No shell reads them: nothing is expanded, and no name that comes from others is ever part of a command. Who wants
one says \`["sh", "-c", "…", "sh"]\`. The first word is a program that \`PATH\` finds, or an absolute path. Behind the words stands, for
\`on-complete\` and \`on-failed\`, one word more: the absolute path of the file or folder. The rest is in the environment:

| variable | of | what it is |
| --- | --- | --- |
| \`P2P_EVENT\` | all | \`complete\`, \`failed\` or \`request\` |
| \`P2P_GROUP\` | all | the group |
| \`P2P_FILE\`, \`P2P_PATH\`, \`P2P_SIZE\` | \`complete\`, \`failed\` | its name in the group, where it lies or would have, its bytes |
| \`P2P_ERROR\`, \`P2P_MESSAGE\` | \`failed\` | the code of errors.md, and a sentence |
| \`P2P_USER\` | \`request\` | who asks to join |
| \`P2P_HOME\` | all | the home, so that \`p2p\` in a hook means this client |

Names are others' choice: a group, a file or a user may be called \`-rf\`, so a script writes \`--\` before them. The other
variables are those of the program, without its passwords. The standard input is empty; hooks of a file run in the home folder.

A hook runs at most once for a download: what waits, or runs, when its process is killed or closes is not run again. It runs in the process whose engine has it: a client that runs for the home does it for the commands
that it works for, also when a download was handed over to it. \`--on-complete CMD\` of \`download\` and \`get\` is run by that command, for its
own downloads, in the folder in which it was typed; where the command has the engine itself, it takes the place of the setting. That of
\`serve\` and \`up\` takes its place for all downloads of that client. An empty one (\`--on-complete=\`) runs nothing. What is there
already, goes to standard output, or was paused or cancelled has no hook. A hook that moves the file away ends its share, and the file is
fetched again when it is asked for: it copies it, or makes a link. \`on-request\` is for clients that stay; a command runs none.

What a hook prints goes to the log, or to standard error of the command. Four of them run at a time, those about requests one after the
other; so many wait as downloads may (10,000, of requests 100), and what is left out is counted in one line. A client that closes asks
those that run to end (SIGTERM), and ends them with their groups after 2.5 seconds; after ten minutes one is ended, with all that it has started in its process group. A hook that fails is one line, and nothing else
fails by it; a command waits for its hooks before it ends, but for Ctrl-C. The files are read when something happens, so a change holds at once.

Because such a file has programs run, more is asked of it than of the others: it must belong to you or root, and nobody else may be able
to write to it or to put another one into its place, in any folder on the way to it. Else its hooks are not run, which is said,
and nothing else is refused. Root runs no hooks that the file of another user has.

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
  if (placeholder === 'CMD') return 'CMD, or a list of its words';
  const one = choices === undefined ? placeholder : choices.join(', ');
  return isRepeated ? `${one}, or a list` : one;
}
