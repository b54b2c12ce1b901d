/** What counts as a command line of a page. */
import t from 'tap';
import { docLines } from './doc-lines.js';

function page(language: string, ...lines: string[]): string {
  return ['# Top', '', '## Below', `\`\`\`${language}`, ...lines, '```', ''].join('\n');
}

function commands(text: string): string[] {
  return docLines(text).map(({ who, command }) =>
    who === undefined ? command : `${who}: ${command}`,
  );
}

t.test('a prompt says who types, and what follows is the output', (t) => {
  const lines = docLines(
    page('', 'ann$ p2p groups', 'film-club', 'root# p2p status', 'x', '^C', 'y'),
  );
  t.match(lines, [
    { who: 'ann', command: 'p2p groups', output: ['film-club'], number: 5, heading: 'Below' },
    { who: 'root', command: 'p2p status', output: ['x'], number: 7 },
    { command: '^C', output: ['y'], number: 9 },
  ]);
  t.equal(lines.length, 3);
  const key = docLines(page('', 'shown by then', '^C', 'shown after it'));
  t.match(key, [{ command: '^C', awaited: ['shown by then'], output: ['shown after it'] }]);
  t.end();
});

t.test('each line of sh is a command, and comments are for the reader', (t) => {
  t.same(commands(page('sh', '# first', 'export A=b', '', 'p2p tracker :: 8000      # here')), [
    'export A=b',
    'p2p tracker :: 8000',
  ]);
  t.same(commands(page('console', '$ p2p get a \\', '    b', 'c')), ['p2p get a b']);
  t.end();
});

t.test('a drawing is no command, nor is another language', (t) => {
  t.same(commands(page('', 'a -> b', 'c')), []);
  t.same(commands(page('json', 'p2p groups')), []);
  t.same(commands(page('', '^C')), ['^C']);
  t.same(commands(page('', 'p2p groups', 'npm ci && npm run quickstart')), [
    'p2p groups',
    'npm ci && npm run quickstart',
  ]);
  t.end();
});
