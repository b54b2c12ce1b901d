import t from 'tap';
import { fileWord } from '../../../src/main/commands/file-word.js';

t.test('a slash may stand behind the name of a folder', (t) => {
  t.equal(fileWord('album/'), 'album');
  t.equal(fileWord('film.mkv'), 'film.mkv');
  for (const word of ['/', 'album//', 'a/b', '']) t.throws(() => fileWord(word), word);
  t.end();
});

t.test('who names something in a folder hears how it is reached', (t) => {
  for (const word of ['album/notes', 'album/notes/', 'album/notes/a.txt']) {
    const message = /lies in the folder "album" .*`files` with "album\/".*--only/;
    t.throws(() => fileWord(word), { code: 'BAD_ARGUMENT', message });
  }
  for (const word of ['/home/ann/film', 'a//b', 'a\\b']) {
    t.throws(() => fileWord(word), { message: /contains a slash or backslash/ });
  }
  t.end();
});
