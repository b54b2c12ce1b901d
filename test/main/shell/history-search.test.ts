import t from 'tap';
import { HistorySearch } from '../../../src/main/shell/history-search.js';

const lines = ['list_files films', 'upload_file a films', 'whoami', 'list_files books'];

t.test('the newest line that holds the text comes first, then the older ones', (t) => {
  const search = new HistorySearch(lines);
  t.equal(search.match, undefined, 'nothing is asked for yet');
  search.type('list');
  t.equal(search.match, 'list_files films');
  search.goOn();
  t.equal(search.match, 'list_files books');
  search.goOn();
  t.equal(search.match, 'list_files books', 'the last one stays');
  t.end();
});

t.test('more text narrows from where it is, less looks from the newest again', (t) => {
  const search = new HistorySearch(lines);
  search.type('f');
  search.goOn();
  t.equal(search.match, 'upload_file a films');
  search.type('iles ');
  t.equal(search.match, 'list_files books');
  search.type('x');
  t.equal(search.match, undefined);
  t.equal(search.query, 'files x');
  search.goOn();
  search.rubOut();
  t.equal(search.match, 'list_files films');
  for (let count = 0; count < 9; count++) search.rubOut();
  t.equal(search.query, '');
  t.equal(search.match, undefined);
  t.end();
});

t.test('nothing to search in', (t) => {
  const search = new HistorySearch([]);
  search.type('a');
  search.goOn();
  t.equal(search.match, undefined);
  t.end();
});
