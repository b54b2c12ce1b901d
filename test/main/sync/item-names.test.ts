/** Which names are kept the same. */
import t from 'tap';
import {
  isKeptVersion,
  isOwn,
  isWorthALook,
  ItemNames,
} from '../../../src/main/sync/item-names.js';

t.test('hidden names and what grows are nobody else’s', (t) => {
  for (const name of ['.bashrc', '.p2p-sync', 'film.0123abcd.part', '.x.0123abcd.part'])
    t.ok(isOwn(name), name);
  for (const name of ['film', 'film.part', 'film.0123ABCD.part', 'a~1']) t.notOk(isOwn(name), name);
  t.ok(isKeptVersion('a~12'));
  t.notOk(isKeptVersion('a~'));
  t.end();
});

t.test('patterns choose among the rest', (t) => {
  const has = (only: string[], exclude: string[], name: string, isFolder = false): boolean =>
    new ItemNames({ only, exclude }).has(name, isFolder);
  t.ok(has([], [], 'a.txt'));
  t.notOk(has([], [], '.a'));
  t.ok(has(['*.txt'], [], 'a.txt'));
  t.notOk(has(['*.txt'], [], 'a.jpg'));
  t.notOk(has(['*.txt', '!b.txt'], [], 'b.txt'));
  t.notOk(has(['*.txt'], ['a*'], 'a.txt'));
  t.ok(has(['album/'], [], 'album', true));
  t.notOk(has(['album/'], [], 'album', false));
  t.notOk(has(['*'], [], '.hidden'));
  t.end();
});

t.test('what downloads grow in is not worth a look', (t) => {
  for (const name of ['film', 'film~1', '.p2pignore', '.p2p-sync', 'film.part'])
    t.ok(isWorthALook(name), name);
  for (const name of ['film.0123abcd.part', '.hidden', '.p2p.tmp'])
    t.notOk(isWorthALook(name), name);
  t.end();
});
