/** What is said where nothing is meant. */
import t from 'tap';
import { noSuchDownload } from '../../../src/main/downloads/which-downloads.js';

t.test('what was named is said again', (t) => {
  const said = (...request: Parameters<typeof noSuchDownload>): string =>
    noSuchDownload(...request).message;
  const end = '; `downloads --ids` lists them';
  t.equal(said(), `there is no such download${end}`);
  t.equal(said({ id: '1e5' }), `there is no such download: no id begins with "1e5"${end}`);
  t.equal(said({ groupId: 'g' }), `there is no such download: none of g${end}`);
  t.equal(said({ groupId: 'g', fileName: 'a b' }), `there is no such download: "a b" of g${end}`);
  t.equal(
    said({ groupId: 'g', fileNames: ['a', 'b'] }),
    `there is no such download: "a" of g${end}`,
  );
  t.end();
});
