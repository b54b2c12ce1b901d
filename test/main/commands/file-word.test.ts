import t from 'tap';
import { fileWord } from '../../../src/main/commands/file-word.js';

t.test('a slash may stand behind the name of a folder', (t) => {
  t.equal(fileWord('album/'), 'album');
  t.equal(fileWord('film.mkv'), 'film.mkv');
  for (const word of ['/', 'album//', 'a/b', '']) t.throws(() => fileWord(word), word);
  t.end();
});
