/** The list of shares: what a look at each file tells, with what the owners know of it. */
import { appendFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { StorageError } from '../../../src/net/errors.js';
import { SHARE_LIST_LOOKS_AT_A_TIME } from '../../../src/net/limits.js';
import { stampOf, type FileStamp } from '../../../src/main/disk/file-stamp.js';
import { listShares, stateOf, type ShareStanding } from '../../../src/main/sharing/share-list.js';
import type { ShareLook } from '../../../src/main/sharing/share-look.js';
import { testFolder } from '../../fixtures/test-folder.js';

const stamp: FileStamp = { size: 1, mtimeNs: 1n, inode: 1n, ctimeNs: 1n };
const touched: FileStamp = { ...stamp, ctimeNs: 2n };
const error = new StorageError('FILE_CHANGED', 'why');
const noFolders = { description: () => undefined };
const same: ShareLook = { state: 'same', stamp };
const differs: ShareLook = { state: 'differs', stamp: touched, error };
const served: ShareStanding = { isOffered: true, unserved: undefined, verdict: undefined };
const unserved = (why: ShareStanding['unserved']): ShareStanding => ({
  ...served,
  isOffered: false,
  unserved: why,
});

t.test('every state there is', (t) => {
  const older = { state: 'older', reason: 'newer' } as const;
  const refused = { state: 'refused', reason: 'no' } as const;
  const cases: [what: string, look: ShareLook, standing: ShareStanding, found: object][] = [
    ['all is well', same, served, { state: 'served' }],
    ['nobody serves', same, { ...served, isOffered: false }, { state: 'idle' }],
    ['it has a newer version', same, { ...served, verdict: older }, older],
    [
      'it has a newer version, and nobody serves',
      same,
      { ...served, isOffered: false, verdict: older },
      { state: 'idle', reason: 'newer' },
    ],
    ['it is refused', same, { ...served, isOffered: false, verdict: refused }, refused],
    ['it is gone', { state: 'missing', error }, served, { state: 'missing', reason: 'why' }],
    ['it is another', { state: 'changed', stamp, error }, served, { state: 'changed' }],
    ['it is damaged', { state: 'damaged', stamp, error }, served, { state: 'damaged' }],
    ['it was touched just now', differs, served, { state: 'checking', reason: 'why' }],
    ['it is hashed', differs, unserved({ state: 'unproven' }), { state: 'checking' }],
    [
      'it was hashed as it is',
      differs,
      unserved({ state: 'refuted', stamp: touched }),
      { state: 'changed', reason: /put the old file back/ },
    ],
    [
      'it was hashed before that',
      differs,
      unserved({ state: 'refuted', stamp }),
      { state: 'checking' },
    ],
    ['it is back', same, unserved({ state: 'away' }), { state: 'checking', reason: /again/ }],
  ];
  for (const [what, look, standing, found] of cases) {
    const got = stateOf('/a', look, standing);
    t.match(got, found, what);
    if (!('reason' in found) && look.state === 'same') t.notOk('reason' in got, what);
  }
  t.end();
});

t.test('all files are looked at, in their order', async (t) => {
  const folder = testFolder(t);
  const count = SHARE_LIST_LOOKS_AT_A_TIME * 2 + 3;
  const shares = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, `${index}`);
      await writeFile(path, 'bytes');
      const share = { groupId: 'g', incarnation: '', name: `${index}`, fileId: `${index}`, path };
      const now = stampOf(await stat(path, { bigint: true }));
      return { ...share, stamp: now, sharedAtMs: index, pieceLength: 1 };
    }),
  );
  await rm(shares[1]!.path);
  await appendFile(shares[count - 2]!.path, 'more');
  await utimes(shares[count - 1]!.path, 1, 1);
  const listed = await listShares(shares, noFolders, () => served);
  t.same(
    listed.map(({ fileName, size, sharedAtMs }) => [fileName, size, sharedAtMs]),
    shares.map(({ name }, index) => [name, 5, index]),
  );
  const states = listed.map(({ state }) => state);
  t.same([states[1], ...states.slice(-2)], ['missing', 'changed', 'checking']);
  t.equal(states.filter((state) => state === 'served').length, count - 3);
});
