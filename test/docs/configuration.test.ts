/** The page of settings is made of the table of commands, and its example is one that is understood. */
import t from 'tap';
import { commands } from '../../src/main/cli/command-table.js';
import { configurationDoc } from '../../src/main/configuration-doc.js';
import { checkFile } from '../../src/main/settings/checked-file.js';
import { readDoc } from './read-doc.js';

t.test(
  'docs/configuration.md is what the table says; npm run docs:configuration writes it',
  (t) => {
    t.equal(readDoc('docs/configuration.md'), configurationDoc());
    t.end();
  },
);

t.test('the example on the page is understood, and so is each table of it', (t) => {
  const example = /```toml\n([^]*?)```/.exec(readDoc('docs/configuration.md'))?.[1];
  const { settings } = checkFile('/example', example ?? '');
  t.same(settings.get('common.up')?.value, '5MiB/s');
  t.same(settings.get('tracker.registration')?.value, 'invite');
  t.end();
});

t.test('no command has the name of a table that is none of a command', (t) => {
  const names = commands.map(({ verb }) => verb as string);
  t.notOk(names.includes('common'));
  t.end();
});
