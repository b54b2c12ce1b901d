/** Which commands do with the few threads of libuv that every process has. */
import t from 'tap';
import { ASKING_VERBS } from '../../src/launch/asking-verbs.js';
import { findCommand } from '../../src/main/cli/command-table.js';
import { PROGRESSING, STAYING } from '../../src/main/cli/common-options.js';

t.test(
  'each is a word of the program, and none carries files over or stays with its engine',
  (t) => {
    const words = [...ASKING_VERBS].filter((word) => word !== 'version' && !word.startsWith('-'));
    for (const word of words) t.equal(findCommand(word)?.verb, word);
    for (const verb of [
      'upload',
      'download',
      'get',
      'resume',
      'sync',
      'share',
      'serve',
      'tracker',
    ]) {
      t.notOk(ASKING_VERBS.has(verb), verb);
    }
    for (const verb of PROGRESSING) t.notOk(ASKING_VERBS.has(verb), verb);
    // Who hears events has no engine that works.
    t.same(
      [...STAYING].filter((verb) => ASKING_VERBS.has(verb)),
      ['events'],
    );
    t.end();
  },
);
