import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import {
  readGuestLinks,
  writeGuestLinks,
  type KeptGuestLink,
} from '../../../src/main/home/guest-links-file.js';
import { MAX_GUEST_LINKS, MAX_GUEST_LINKS_FILE_BYTES } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

const link: KeptGuestLink = {
  ...{ id: 'ab'.repeat(32), trackerId: 'cd'.repeat(32), userId: 'ann', groupId: 'g' },
  ...{ incarnation: '0'.repeat(16), fileName: 'film.mkv', fileId: 'ef'.repeat(32), size: 7 },
  ...{ isFolder: false, createdAtMs: 1, expiresAtMs: 2, taken: 0, passes: [] },
};

t.test('what is written is read again, by nobody else', async (t) => {
  const home = { guestLinksPath: join(testFolder(t, {}), 'guest-links.json') };
  t.same(await readGuestLinks(home), []);
  const password = { salt: 'c2FsdA==', hash: 'aGFzaA==' };
  const more = { ...link, downloads: 3, password, passes: [{ network: '::/64', untilMs: 9 }] };
  await writeGuestLinks(home, [link, more]);
  t.same(await readGuestLinks(home), [link, more]);
  t.equal((await stat(home.guestLinksPath)).mode & 0o777, 0o600);
});

t.test('a file that is damaged is told, and never taken for none', async (t) => {
  const home = { guestLinksPath: join(testFolder(t, {}), 'guest-links.json') };
  const many = Array.from({ length: MAX_GUEST_LINKS + 1 }, () => link);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    JSON.stringify({ links: [{ ...link, id: 'x' }] }),
    JSON.stringify({ links: [{ ...link, taken: -1 }] }),
    JSON.stringify({ links: [{ ...link, downloads: 0 }] }),
    JSON.stringify({ links: many }),
    ' '.repeat(MAX_GUEST_LINKS_FILE_BYTES + 1),
  ]) {
    await writeFile(home.guestLinksPath, text);
    await t.rejects(readGuestLinks(home), { code: 'IO_ERROR' }, text.slice(0, 60));
  }
});
