import t from 'tap';
import { chooseFiles, noFile } from '../../../src/main/commands/file-choice.js';
import type { FileRow } from '../../../src/net/tracker-api.js';

const files: readonly FileRow[] = ['.env', 'a.dat', 'b.dat', '[a].dat', 'film.mkv'].map((name) => {
  return { name, size: 1, sources: 1, sharer: 'ann', fileId: name };
});

function choice(...words: string[]): [chosen: string[], missing: readonly string[]] {
  const { chosen, missing } = chooseFiles(files, words);
  return [chosen.map(({ name }) => name), missing];
}

t.test('names and patterns choose files, each once', (t) => {
  t.same(choice('b.dat', 'a.dat'), [['a.dat', 'b.dat'], []]);
  t.same(choice('*.dat', 'a.dat', 'a.dat'), [['a.dat', 'b.dat', '[a].dat'], []]);
  t.same(choice('*'), [['a.dat', 'b.dat', '[a].dat', 'film.mkv'], []], 'no dot files');
  t.same(choice('.env'), [['.env'], []], 'unless they are named');
  t.end();
});

t.test('a name is taken for itself before it is taken for a pattern', (t) => {
  t.same(choice('[a].dat'), [['[a].dat'], []]);
  t.same(choice('[b].dat'), [['b.dat'], []]);
  t.end();
});

t.test('what means no file is told, and the others are chosen', (t) => {
  t.same(choice('x*', 'a.dat', 'film.mk'), [['a.dat'], ['x*', 'film.mk']]);
  t.match(noFile('film.mk', files, 'g'), {
    code: 'NO_SUCH_FILE',
    message: 'no file "film.mk" in g; did you mean "film.mkv"?',
  });
  t.match(noFile('x*', files, 'g'), { message: 'no file of g matches "x*"' });
  t.end();
});
