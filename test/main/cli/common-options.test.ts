/** What words ask for that may be wrong otherwise. */
import t from 'tap';
import {
  asksForContent,
  asksForEvents,
  asksForJson,
} from '../../../src/main/cli/common-options.js';

t.test(
  'whoever asks for the content of a file at standard output is known by any spelling',
  (t) => {
    const spellings = [
      ...['-o -', '-o-', '-jo-', '-jo -', '-o=-', '--output=-', '--output -', '-', '-- -'],
      ...['- --json', '-o - --wrong', '--wrong -o -'],
    ];
    for (const end of spellings) {
      for (const line of [`download g f ${end}`, `download_file g f ${end}`, `get LINK ${end}`])
        t.ok(asksForContent(line.split(' ')), line);
    }
    t.ok(asksForContent(['get', '-', '-']), 'the link comes from standard input');
    t.end();
  },
);

t.test('whoever does not is not taken for one', (t) => {
  const lines = [
    ...['download g f', 'download g f ./-', 'download g f -o file', 'get - --json', 'get -j -'],
    ...['upload - g --as x', 'files g -', '', 'download', 'wrong -o -', '--json'],
  ];
  for (const line of lines) t.notOk(asksForContent(line.split(' ')), line);
  t.end();
});

t.test('events and JSON are asked for by words in front of the dashes', (t) => {
  t.ok(asksForEvents(['download', '--events']));
  t.notOk(asksForEvents(['download', '--', '--events']));
  t.ok(asksForJson(['download', '-qj']));
  t.notOk(asksForJson(['download', '--', '--json']));
  t.end();
});
