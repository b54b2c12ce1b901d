import t from 'tap';
import { commands } from '../../../src/main/cli/command-table.js';
import { engineCode } from '../../../src/main/commands/engine-commands.js';

t.test('the code of every command of an engine can be loaded', async (t) => {
  const verbs = commands.filter(({ needs }) => needs === 'engine').map(({ verb }) => verb);
  t.same(Object.keys(engineCode).sort(), [...verbs].sort());
  for (const [verb, load] of Object.entries(engineCode)) {
    t.type((await load()).run, 'function', verb);
  }
});
