/** What the tracker says of shares: of the content that had the name then, and of no other. */
import t from 'tap';
import { ShareVerdicts } from '../../../src/main/sharing/share-verdicts.js';

const film = { groupId: 'g', name: 'film', fileId: '1' };
const older = { state: 'older', reason: 'newer' } as const;

t.test('a verdict is about one content under one name', (t) => {
  const verdicts = new ShareVerdicts();
  t.equal(verdicts.of(film), undefined);
  verdicts.note(film, older);
  t.match(verdicts.of(film), older);
  t.equal(verdicts.of({ ...film, fileId: '2' }), undefined, 'the name has another content here');
  t.equal(verdicts.of({ ...film, name: 'song' }), undefined);
  t.equal(verdicts.of({ ...film, groupId: 'h' }), undefined);
  verdicts.note(film, { state: 'refused', reason: 'no' });
  t.match(verdicts.of(film), { state: 'refused', reason: 'no' }, 'the last one counts');
  t.end();
});

t.test('it ends with the share, and all end with the login', (t) => {
  const verdicts = new ShareVerdicts();
  const song = { ...film, name: 'song' };
  for (const share of [film, song]) verdicts.note(share, older);
  verdicts.delete('g', 'film');
  t.equal(verdicts.of(film), undefined);
  t.match(verdicts.of(song), older);
  verdicts.clear();
  t.equal(verdicts.of(song), undefined);
  t.end();
});
