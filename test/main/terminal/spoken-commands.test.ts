import t from 'tap';
import { spokenIn } from '../../../src/main/cli/command-table.js';
import { withSpokenCommands } from '../../../src/main/terminal/spoken-commands.js';

const table: readonly [text: string, oneShot: string, inShell: string][] = [
  ['no command in it', 'no command in it', 'no command in it'],
  ['see `downloads --ids`', 'see p2p downloads --ids', 'see show_downloads --ids'],
  ['`forget` or `cancel`', 'p2p forget or p2p cancel', 'forget_downloads or cancel_download'],
  [
    'raise the limit (`ulimit -n`)',
    'raise the limit (`ulimit -n`)',
    'raise the limit (`ulimit -n`)',
  ],
  ['`serve` shares it', 'p2p serve shares it', '`serve` shares it'],
  ['no `file`, `no such` one', 'no `file`, `no such` one', 'no `file`, `no such` one'],
  ['one ` alone, `login', 'one ` alone, `login', 'one ` alone, `login'],
];

for (const [text, oneShot, inShell] of table) {
  t.test(text, (t) => {
    t.equal(withSpokenCommands(text, spokenIn('one-shot')), oneShot);
    t.equal(withSpokenCommands(text, spokenIn('shell')), inShell);
    t.end();
  });
}
