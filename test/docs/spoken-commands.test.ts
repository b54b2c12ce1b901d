/** Commands that the pages name within a sentence exist, with the options that stand behind them. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { findCommand, withoutDoubledName } from '../../src/main/cli/command-table.js';
import { everyCommand } from '../../src/main/cli/common-options.js';
import { readDoc } from './read-doc.js';

/** Its words in backticks are labels of signatures and versions of links. */
const NO_COMMANDS = 'protocol.md';
const ALWAYS = ['help', 'version', ...everyCommand.map(({ name }) => name)];

const pages = readdirSync(inPackage('docs'))
  .filter((name) => name.endsWith('.md') && name !== NO_COMMANDS)
  .map((name) => `docs/${name}`);

/** The words of each command in backticks, outside of blocks. */
function spokenIn(page: string): string[][] {
  const prose = page.replace(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/`(?:\w+=\S+ )*p2p ([a-z][^`]*)`/g)].map(([, words = '']) =>
    words.split(/\s+/),
  );
}

/** What is wrong with a command; nothing if all of it exists. */
function flawOf(words: readonly string[]): string | undefined {
  const [verb = '', ...rest] = withoutDoubledName(words);
  const command = findCommand(verb);
  if (verb === 'help') return undefined;
  if (command === undefined) return `there is no ${verb}`;
  const end = rest.indexOf('--');
  const options = rest
    .slice(0, end === -1 ? undefined : end)
    .flatMap((word) => /^--([a-z][a-z-]*)/.exec(word)?.[1] ?? []);
  const known = [...command.options.map(({ name }) => name), ...ALWAYS];
  const unknown = options.find((name) => !known.includes(name));
  return unknown === undefined ? undefined : `${verb} has no --${unknown}`;
}

t.test('every command within a sentence exists', (t) => {
  let count = 0;
  for (const path of ['README.md', ...pages]) {
    for (const words of spokenIn(readDoc(path))) {
      count += 1;
      t.equal(flawOf(words), undefined, `${path}: p2p ${words.join(' ')}`);
    }
  }
  t.ok(count > 100, `${count} were found`);
  t.end();
});

t.test('a command that there is not is noticed', (t) => {
  const flaws = ['p2p uplod', 'p2p groups --jsn', 'p2p help x', 'p2p tracker admin users --data D'];
  const page = flaws.map((text) => `Say \`${text}\`.`).join('\n');
  t.same(spokenIn(page).map(flawOf), [
    'there is no uplod',
    'groups has no --jsn',
    undefined,
    undefined,
  ]);
  t.end();
});
