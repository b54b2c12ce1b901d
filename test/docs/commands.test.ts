/** The command table of the readme lists every command by all its names, and its arguments. */
import t from 'tap';
import { mayBeLeftOut } from '../../src/main/cli/command.js';
import { commands, namesOf } from '../../src/main/cli/command-table.js';
import { readDoc } from './read-doc.js';

const readme = readDoc('README.md');
const table = readme.slice(readme.indexOf('\n## Commands'), readme.indexOf('\n## Passwords'));
const words = new Set([...table.matchAll(/`([^`\s]+)[^`]*`/g)].map(([, word]) => word));

t.test('every command is in the table, in both forms', (t) => {
  for (const command of commands) {
    for (const name of namesOf(command)) {
      // A second way to leave, which the shell understands and nobody has to know.
      if (name === 'exit') continue;
      const shown = name === 'help' ? ['help', '--help'] : [name];
      for (const word of shown) t.ok(words.has(word), `${word} is in the table`);
    }
  }
  t.end();
});

t.test('the one-shot form is shown with its arguments', (t) => {
  for (const { verb, forms, args } of commands) {
    if (forms === 'shell') continue;
    const shown = args
      .filter(({ kind }) => kind !== 'secret')
      .map((argument) => {
        const word = argument.isRepeated ? `${argument.name}..` : argument.name;
        return mayBeLeftOut(argument) ? `[${word}]` : `<${word}>`;
      });
    const usage = [verb, ...shown].join(' ');
    t.match(table, `| \`${usage}\` |`, `${usage} is in the table`);
  }
  t.end();
});

t.test('the variables of the environment are named', (t) => {
  for (const name of ['P2P_HOME', 'P2P_TRACKER', 'P2P_PASSWORD', 'P2P_PASSWORD_FILE']) {
    t.match(readme, `\`${name}`, `${name} is named`);
  }
  t.end();
});
