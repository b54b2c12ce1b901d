import t from 'tap';
import {
  FIRST_SEARCH_SLICE_FILES,
  MAX_SEARCH_SLICE_FILES,
  SEARCH_SLICE_GROWTH,
  SEARCH_TURN_MS,
} from '../../src/net/limits.js';
import { SearchSlice } from '../../src/tracker/search-slice.js';

t.test('a call begins with few files, and has more where they take no time', (t) => {
  const slice = new SearchSlice();
  t.equal(slice.files, FIRST_SEARCH_SLICE_FILES);
  slice.onSearched(slice.files, 0);
  t.equal(slice.files, SEARCH_SLICE_GROWTH * FIRST_SEARCH_SLICE_FILES);
  for (let n = 0; n < 9; n++) slice.onSearched(slice.files, 0.1);
  t.equal(slice.files, MAX_SEARCH_SLICE_FILES);
  t.end();
});

t.test('what a file took decides how many there are in the time of one turn', (t) => {
  const slice = new SearchSlice();
  slice.onSearched(100, 10 * SEARCH_TURN_MS);
  t.equal(slice.files, 10);
  slice.onSearched(10, SEARCH_TURN_MS / 2);
  t.equal(slice.files, 20);
  slice.onSearched(20, 1_000 * SEARCH_TURN_MS);
  t.equal(slice.files, 1);
  t.end();
});

t.test('a few files, or none, say little about many', (t) => {
  const slice = new SearchSlice();
  for (let n = 0; n < 9; n++) slice.onSearched(3, 0);
  t.equal(slice.files, SEARCH_SLICE_GROWTH * FIRST_SEARCH_SLICE_FILES);
  slice.onSearched(0, 100);
  t.equal(slice.files, SEARCH_SLICE_GROWTH * FIRST_SEARCH_SLICE_FILES);
  t.end();
});
