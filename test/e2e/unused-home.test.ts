/** What is asked of a home that nobody has used is answered, and leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { P2pProcess } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

/** With the status of each: 3 is "nobody is logged in". */
const table: readonly (readonly [words: string, status: number])[] = [
  ['status', 0],
  ['groups', 3],
  ['downloads', 3],
  ['shares', 3],
  ['whoami', 3],
  ['download g film .', 3],
  ['--version', 0],
];

for (const [words, status] of table) {
  t.test(`p2p ${words}`, async (t) => {
    const folder = testFolder(t, { empty: {} });
    for (const name of ['missing', 'empty']) {
      const env = { P2P_HOME: join(folder, name) };
      const ended = await new P2pProcess(t, { home: folder, args: words.split(' '), env }).ended;
      t.equal(ended.status, status, ended.stderr);
    }
    t.notOk(existsSync(join(folder, 'missing')), 'no home is made');
    t.same(readdirSync(join(folder, 'empty')), [], 'an empty one stays empty');
  });
}
