/** Every command line of the readme, of the pages beside it and of those under docs is run by a test, or is named here with the reason why not. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { readDoc } from './read-doc.js';
import { docLines } from './scenes/doc-lines.js';
import { scenes } from './scenes/scenes.js';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'packaging/README.md'],
  ...readdirSync(inPackage('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

t.test('every page with command lines has a scene', (t) => {
  for (const path of pages) {
    const lines = docLines(readDoc(path));
    t.equal(path in scenes, lines.length > 0, `${path} has ${lines.length} lines`);
  }
  t.end();
});

t.test('what is left out is a line of its page, and has a reason', (t) => {
  for (const [path, { leftOut = {}, sections }] of Object.entries(scenes)) {
    const page = readDoc(path);
    const commands = docLines(page).map(({ command }) => command);
    for (const [command, reason] of Object.entries(leftOut)) {
      t.ok(commands.includes(command), `${path} has ${command}`);
      t.ok(reason.length > 20, reason);
    }
    for (const { from, before = {} } of sections) {
      t.ok(from === '' || page.includes(`# ${from}\n`), `${path} has a heading ${from}`);
      for (const command of Object.keys(before)) {
        t.ok(command === '' || commands.includes(command), `${path} has ${command}`);
      }
    }
  }
  t.end();
});

t.test('a page of which lines are run is played by a test of its own', (t) => {
  const folder = inPackage('test/docs/played');
  const played = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  for (const [path, { leftOut = {} }] of Object.entries(scenes)) {
    const left = docLines(readDoc(path)).filter(({ command }) => !(command in leftOut));
    const count = played.filter((text) => text.includes(`playPage(t, '${path}')`)).length;
    t.equal(count, left.length > 0 ? 1 : 0, `${path} has ${left.length} lines to play`);
  }
  t.end();
});
