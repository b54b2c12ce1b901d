/** Which of what files and variables say holds for a command. */
import t from 'tap';
import { findCommand } from '../../../src/main/cli/command-table.js';
import { checkFile } from '../../../src/main/settings/checked-file.js';
import { allSettings, optionValuesOf, settingOf } from '../../../src/main/settings/settings.js';

const command = (verb: string) => findCommand(verb)!;
const home = checkFile('/home', '[common]\nup = "1MB/s"\nport = 1');
const system = checkFile('/etc', '[common]\nup = "2MB/s"\ndown = "3MB/s"\n[serve]\nport = 2');
const files = [home, system];

t.test(
  'the home goes before the machine, and the table of a command before the common one',
  (t) => {
    t.same(optionValuesOf(command('serve'), files, {}), { port: '2', up: '1MB/s', down: '3MB/s' });
    t.same(optionValuesOf(command('download'), files, {}), {
      port: '1',
      up: '1MB/s',
      down: '3MB/s',
    });
    t.same(optionValuesOf(command('up'), files, {}), optionValuesOf(command('serve'), files, {}));
    t.end();
  },
);

t.test('an option of the same name that means another thing has no part in it', (t) => {
  for (const verb of ['limit', 'tracker', 'quickstart', 'files']) {
    t.same(optionValuesOf(command(verb), files, {}), {}, verb);
  }
  const tracker = checkFile('/home', '[common]\ntracker = "a"\n[tracker]\nrelay = "1MB/s"');
  t.same(optionValuesOf(command('client'), [tracker], {}), {});
  t.same(optionValuesOf(command('login'), [tracker], {}), { tracker: ['a'] });
  t.same(optionValuesOf(command('tracker'), [tracker], {}), { relay: '1MB/s' });
  t.same(optionValuesOf(command('serve'), [tracker], {}), {});
  t.end();
});

t.test('a variable that is set goes before the files, and an empty one does not', (t) => {
  const tracker = checkFile('/home', '[common]\ntracker = "a"');
  t.same(optionValuesOf(command('login'), [tracker], { P2P_TRACKER: 'b' }), {});
  t.same(optionValuesOf(command('login'), [tracker], { P2P_TRACKER: '' }), { tracker: ['a'] });
  const origin = { kind: 'variable', variable: 'P2P_TRACKER' };
  const key = 'common.tracker';
  t.same(settingOf([tracker], { P2P_TRACKER: 'b, c' }, key), { key, value: ['b', 'c'], origin });
  t.end();
});

t.test('what is set is told with its place', (t) => {
  const told = allSettings(files, {}).map(({ key, value, origin }) => [
    key,
    value,
    origin.kind === 'file' ? `${origin.path}:${origin.line}` : origin.variable,
  ]);
  t.same(
    told.sort(),
    [
      ['common.down', '3MB/s', '/etc:3'],
      ['common.port', '1', '/home:3'],
      ['common.up', '1MB/s', '/home:2'],
      ['serve.port', '2', '/etc:5'],
    ].sort(),
  );
  t.end();
});
