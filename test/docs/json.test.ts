/** The page of what commands answer is made of the schemas, which know every command and hold their examples. */
import t from 'tap';
import { flawsOfAnswer } from '../../src/main/answers/answer-shape.js';
import { answers } from '../../src/main/answers/answers.js';
import { commandsOf } from '../../src/main/cli/command-table.js';
import { jsonDoc } from '../../src/main/json-doc.js';
import { ANSWER_VERSION } from '../../src/main/terminal/answer-json.js';
import { readDoc } from './read-doc.js';

t.test('docs/json.md is what the schemas say; npm run docs:json writes it', (t) => {
  t.equal(readDoc('docs/json.md'), jsonDoc());
  t.end();
});

t.test('every command of the command line has a shape, and nothing else has', (t) => {
  const verbs = commandsOf('one-shot').map(({ verb }) => verb);
  t.same(Object.keys(answers).sort(), [...verbs].sort());
  t.end();
});

t.test('every form has an example that fits, and that does not with a key more or less', (t) => {
  for (const [verb, shape] of Object.entries(answers)) {
    t.equal(shape.examples.length, shape.results.length, verb);
    for (const example of shape.examples) {
      const line = { version: ANSWER_VERSION, ...example };
      t.same(flawsOfAnswer(shape, line, false), [], verb);
      t.not(flawsOfAnswer(shape, { ...line, noSuchKey: 1 }, false).length, 0, verb);
      t.not(flawsOfAnswer(shape, example, false).length, 0, `${verb} without a version`);
      t.not(flawsOfAnswer(shape, line, true).length, 0, `${verb} has no error`);
    }
  }
  t.end();
});
