/** A password in the address of a server gets into no file, and is shown to nobody. */
import t from 'tap';
import { checkFile } from '../../../src/main/settings/checked-file.js';
import { withoutPassword } from '../../../src/main/settings/secret-address.js';
import { typedValue } from '../../../src/main/settings/setting-value.js';
import { settingDefinitions } from '../../../src/main/cli/setting-table.js';

const database = settingDefinitions.get('tracker.database')!.option;
const presence = settingDefinitions.get('tracker.presence')!.option;
const host = { name: 'host', placeholder: 'HOST', summary: '' };

const secrets = [
  [database, 'postgres://u:hidden@h/db', 'P2P_DATABASE'],
  [database, 'postgresql://u@h/db?password=hidden', 'P2P_DATABASE'],
  [presence, 'redis://:hidden@h', 'P2P_PRESENCE'],
  [presence, 'rediss://h?password=hidden', 'P2P_PRESENCE'],
] as const;

t.test('an address with a password is no value, and is not repeated', (t) => {
  for (const [option, address, variable] of secrets) {
    const file = `[tracker]\n${option.name} = "${address}"`;
    for (const take of [() => typedValue(option, [address]), () => checkFile('/c', file)]) {
      try {
        take();
        t.fail(address);
      } catch (error) {
        const { message } = error as Error;
        t.match(error, { code: 'BAD_ARGUMENT' });
        t.match(message, variable);
        t.notMatch(message, 'hidden');
      }
    }
  }
  t.end();
});

t.test('an address without one is, and what is no address is not', (t) => {
  t.equal(typedValue(database, ['postgres://u@h/db']), 'postgres://u@h/db');
  t.equal(typedValue(presence, ['redis://h:6379']), 'redis://h:6379');
  for (const option of [database, presence]) {
    t.throws(() => typedValue(option, ['https://u:hidden@h']), { message: /^(?!.*hidden)/ });
  }
  t.end();
});

t.test('what a variable holds is shown without its password', (t) => {
  for (const [option, address] of secrets) {
    const shown = withoutPassword(option, address);
    t.notMatch(shown, 'hidden');
    t.equal(shown, address.replace('hidden', '***'));
  }
  t.equal(withoutPassword(database, 'postgres://u:hid/den@h/db'), '***');
  t.equal(withoutPassword(database, 'u:hidden@h'), '***');
  for (const [option, value] of [
    [database, 'postgres://u@h/db?sslmode=require'],
    [host, 'a'],
    [host, ['a', 'b']],
    [host, true],
  ] as const) {
    t.same(withoutPassword(option, value), value);
  }
  t.end();
});
