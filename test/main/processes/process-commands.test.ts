import t from 'tap';
import { commands } from '../../../src/main/cli/command-table.js';
import { processCode } from '../../../src/main/processes/process-commands.js';

t.test('the code of every command that is a process can be loaded', async (t) => {
  const verbs = commands.filter(({ needs }) => needs === 'process').map(({ verb }) => verb);
  t.same(Object.keys(processCode).sort(), [...verbs].sort());
  for (const [verb, load] of Object.entries(processCode)) {
    t.type((await load()).run, 'function', verb);
  }
});
