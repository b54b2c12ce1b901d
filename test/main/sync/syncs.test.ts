/** Folders are kept the same as long as the group is the one that it was, and until all are to end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Memberships } from '../../../src/main/account/memberships.js';
import { Syncs, type SyncsOptions } from '../../../src/main/sync/syncs.js';
import { deferred } from '../../../src/net/deferred.js';
import { CancelledError } from '../../../src/net/errors.js';
import { makeTree } from '../../fixtures/folder-tree.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('what was noted of a group is not held against another one of its name', async (t) => {
  const { library, folder } = await temporaryLibrary(t);
  const club = join(folder, 'club');
  await makeTree(club, { '.p2p-sync': Buffer.from('chess\n'), a: Buffer.from('a') });
  const memberships = new Memberships();
  memberships.learn({ groupId: 'chess', incarnation: 'old' });
  let lists = 0;
  const engine = {
    listFiles: async () => {
      // The group has ended, and another one has its name.
      if (++lists === 1) memberships.learn({ groupId: 'chess', incarnation: 'new' });
      return [];
    },
  };
  const options = {
    ...{ engine, memberships, home: join(folder, 'home') },
    library: async () => library,
    link: { promptCalls: async () => undefined, requireSession: () => ({ account }) },
    emit: () => undefined,
    nowMs: () => 0,
    steadyMs: () => performance.now(),
    later: (waitMs: number, work: () => void) => {
      const timer = setTimeout(work, waitMs);
      return () => clearTimeout(timer);
    },
  } as unknown as SyncsOptions;
  const syncs = new Syncs(options);
  const request = { groupId: 'chess', folder: club, isOnce: true, timeoutMs: 1 };
  const run = () => syncs.run(request, () => undefined);
  await t.rejects(run(), { code: 'NOT_A_MEMBER', message: /another one has its name/ });
  t.match(await run(), { failed: 0 }, 'begun again it is that of the new one');
  await writeFile(join(club, '.p2p-sync'), 'music\n');
  await t.rejects(run(), { message: /the same as music/ });
  await syncs.close();
});

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
