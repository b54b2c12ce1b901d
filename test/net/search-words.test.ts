import t from 'tap';
import {
  MAX_ENDING_BYTES,
  MAX_NAME_BYTES,
  MAX_SEARCH_BYTES,
  MAX_SEARCH_WORDS,
} from '../../src/net/limits.js';
import { checkSearchWords, isEnding } from '../../src/net/search-words.js';

t.test('words that a name may have are taken as they are', (t) => {
  const long = 'x'.repeat(MAX_NAME_BYTES);
  for (const words of [['a'], ['Été', 'e\u0301'], [' '], ['\u0000'], [long, long]]) {
    t.same(checkSearchWords(words), words);
  }
  t.end();
});

t.test('others are refused with what is wrong', (t) => {
  const long = 'x'.repeat(MAX_NAME_BYTES);
  const many = Array<string>(MAX_SEARCH_WORDS).fill('x'.repeat(MAX_SEARCH_BYTES / 8));
  t.same(checkSearchWords(many), many);
  for (const [words, message] of [
    [[...many, 'a'], /too many words/],
    [['a', ''], /a word is empty/],
    [[`${long}x`], /no name is longer than 255 bytes/],
    [[long, long, 'abc'], /have 513 bytes together, and a search takes 512; leave some out$/],
    [['a', '\u0301'], /only accents or invisible characters/],
    [['\u200d'], /only accents or invisible characters/],
    [['\u00ad\ufe0f'], /only accents or invisible characters/],
  ] as const) {
    t.throws(() => checkSearchWords(words), { message }, message.source);
  }
  t.end();
});

t.test('an ending has something to compare, and is short', (t) => {
  for (const ending of ['jpg', 'tar.gz', 'é', 'x'.repeat(MAX_ENDING_BYTES)]) t.ok(isEnding(ending));
  for (const ending of ['', '\u0301', '\u200d', 'x'.repeat(MAX_ENDING_BYTES + 1)]) {
    t.notOk(isEnding(ending));
  }
  t.end();
});
