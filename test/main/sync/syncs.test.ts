/** All syncs end when that is said, also those that have hardly begun. */
import { join } from 'node:path';
import t from 'tap';
import { Syncs, type SyncsOptions } from '../../../src/main/sync/syncs.js';
import { deferred } from '../../../src/net/deferred.js';
import { CancelledError } from '../../../src/net/errors.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('one that waits for its tracker ends, and one that is begun meanwhile', async (t) => {
  const folder = testFolder(t, {});
  const away = deferred<never>();
  const syncs = new Syncs({ link: { promptCalls: () => away.promise } } as unknown as SyncsOptions);
  const request = { groupId: 'g', folder: join(folder, 'club'), isOnce: false, timeoutMs: 0 };
  const begin = () =>
    t.rejects(
      syncs.run(request, () => undefined),
      { code: 'TERMINATED' },
    );
  const first = begin();
  const ended = syncs.endAll(new CancelledError('another account logged in', 'TERMINATED'));
  const second = begin();
  await Promise.all([first, second, ended]);
});
