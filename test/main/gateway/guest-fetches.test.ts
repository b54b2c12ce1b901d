/** What is fetched for guests, and what of it is known. */
import t from 'tap';
import { GuestFetches } from '../../../src/main/gateway/guest-fetches.js';
import { Spool } from '../../../src/main/home/spool.js';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError } from '../../../src/net/errors.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('what is fetched is taken from there until it has failed', async (t) => {
  const started = deferred<void>();
  const unused = (): never => {
    throw new Error('not asked for');
  };
  const engine = {
    startDownload: async () => {
      await started.promise;
      throw new TrackerError('NO_SUCH_FILE', 'gone');
    },
    waitForDownload: unused,
    cancelDownloads: unused,
    discardDownload: unused,
  };
  const fetches = new GuestFetches({ engine, spool: new Spool(testFolder(t)) }, unused);
  const item = { groupId: 'g', fileName: 'film', fileId: 'f' };
  t.notOk(fetches.has(item));
  const { fetch } = fetches.take(item, async () => true);
  t.ok(fetches.has(item));
  t.notOk(fetches.has({ ...item, fileId: 'newer' }));
  const ended = fetch.readableFrom(0, new AbortController().signal);
  started.resolve();
  await t.rejects(ended, { code: 'NO_SUCH_FILE' });
  t.notOk(fetches.has(item));
  await fetches.close();
});
