/** How many files a user may have open here, and what a shortage means. */
import { fdOf } from '../../fixtures/fd-of.js';
import t from 'tap';
import { FileQuota, type ServedFile } from '../../../src/main/sharing/file-quota.js';
import { StorageError, toStorageError } from '../../../src/net/errors.js';
import { MAX_OPEN_FILES_PER_USER } from '../../../src/net/limits.js';
import { FakeFile } from '../../fixtures/fake-offer.js';

const fake = async (): Promise<FakeFile> => new FakeFile(7);

t.test('each user has a share, and gets it back with each file', async (t) => {
  const quota = new FileQuota();
  const open: ServedFile[] = [];
  while (open.length < MAX_OPEN_FILES_PER_USER) open.push(await quota.open('mallory', fake));
  await t.rejects(quota.open('mallory', fake), { code: 'BUSY' });
  t.equal(fdOf((await quota.open('anna', fake)).content), 7);
  open[0]!.release();
  open[0]!.release();
  await quota.open('mallory', fake);
  await t.rejects(quota.open('mallory', fake), { code: 'BUSY' });
});

t.test('without descriptors a peer may try again; what the disk says else stays', async (t) => {
  const cases: [errno: string, code: string][] = [
    ['EMFILE', 'BUSY'],
    ['ENFILE', 'BUSY'],
    ['ENOMEM', 'BUSY'],
    ['EAGAIN', 'BUSY'],
    ['ENOENT', 'FILE_NOT_FOUND'],
    ['EACCES', 'PERMISSION_DENIED'],
    ['EIO', 'IO_ERROR'],
  ];
  const quota = new FileQuota();
  for (const [errno, code] of cases) {
    const cause = Object.assign(new Error(errno), { code: errno });
    const open = () => Promise.reject(toStorageError(cause, 'cannot open'));
    await t.rejects(quota.open('anna', open), { code }, errno);
  }
  const changed = () => Promise.reject(new StorageError('FILE_CHANGED', 'changed'));
  await t.rejects(quota.open('anna', changed), { code: 'FILE_CHANGED' });
  t.equal(quota.openFilesOf('anna'), 0);
});
