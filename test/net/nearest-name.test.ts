/** Which name was meant. */
import t from 'tap';
import { nearestName } from '../../src/net/nearest-name.js';

const names = ['film.mkv', 'film-club', 'Café.txt', 'a', 'host', 'json', 'x'.repeat(80)];
const table: readonly [word: string, meant: string | undefined][] = [
  ['film.mkv', 'film.mkv'],
  ['Film.MKV', 'film.mkv'],
  ['filmclub', 'film-club'],
  ['flim.mkv', 'film.mkv'],
  ['cafe.txt', 'Café.txt'],
  ['hsot', 'host'],
  ['jsn', 'json'],
  ['b', 'a'],
  ['books', undefined],
  ['', 'a'],
  ['x'.repeat(79), undefined],
];
for (const [word, meant] of table) {
  t.test(`"${word.slice(0, 20)}" means ${meant ?? 'none of them'}`, (t) => {
    t.equal(nearestName(word, names), meant);
    t.end();
  });
}
