/** Which files `--only` means. */
import t from 'tap';
import type { FolderEntry } from '../../../src/net/folder-table.js';
import { MAX_ONLY_PATTERNS } from '../../../src/net/limits.js';
import { chooseEntries } from '../../../src/main/downloads/choose-entries.js';

const paths = ['docs/a.txt', 'docs/private/key', 'docs/private/b.txt', 'film.mkv', 'Raw/x.raw'];
const table: FolderEntry[] = [
  ...paths.map(
    (path) => ({ path, kind: 'file', size: 1, isExecutable: false, mtimeMs: 0 }) as const,
  ),
  { path: 'docs/void', kind: 'empty-folder', size: 0, isExecutable: false, mtimeMs: 0 },
];

function chosen(...only: string[]): string[] {
  const choice = chooseEntries(table, 'album', only);
  return table.filter((_, index) => choice?.has(index) ?? true).map(({ path }) => path);
}

t.test('patterns choose as those of .gitignore files do', (t) => {
  t.same(chosen('*.txt'), ['docs/a.txt', 'docs/private/b.txt']);
  t.same(chosen('docs/*.txt'), ['docs/a.txt'], 'with a slash it is of that folder');
  t.same(chosen('docs/'), ['docs/a.txt', 'docs/private/key', 'docs/private/b.txt', 'docs/void']);
  t.same(chosen('docs/void'), ['docs/void']);
  t.same(chosen('film.mkv', 'private'), ['docs/private/key', 'docs/private/b.txt', 'film.mkv']);
  t.throws(() => chosen('raw'), { code: 'NO_SUCH_FILE' }, 'upper and lower case differ');
  t.end();
});

t.test('a ! takes out, also below a folder that is chosen, and the last one decides', (t) => {
  t.same(chosen('docs/', '!docs/private/'), ['docs/a.txt', 'docs/void']);
  t.same(chosen('docs/', '!private', 'key'), ['docs/a.txt', 'docs/private/key', 'docs/void']);
  t.same(chosen('!*.raw'), [...paths.slice(0, 4), 'docs/void'], 'all else, if it comes first');
  t.equal(chooseEntries(table, 'album', ['*']), undefined, 'everything is no choice');
  t.equal(chooseEntries(table, 'album', ['!nothing-of-that-name']), undefined);
  t.end();
});

t.test('what means nothing is refused', (t) => {
  const message = 'nothing in album matches "*.jpg"; `files` lists what is in it';
  t.throws(() => chosen('*.jpg'), { code: 'NO_SUCH_FILE', message });
  t.throws(() => chosen('*.txt', '*.jpg'), { code: 'NO_SUCH_FILE', message });
  t.throws(() => chosen('docs/', '!*'), { code: 'NO_SUCH_FILE', message: /these patterns/ });
  const many = Array.from({ length: MAX_ONLY_PATTERNS + 1 }, () => '*');
  t.throws(() => chosen(...many), { code: 'BAD_REQUEST' });
  t.end();
});
