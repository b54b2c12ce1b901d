/** Folders that are kept the same, as long as the group is the one that it was. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { Memberships } from '../../../src/main/account/memberships.js';
import { Syncs, type SyncsOptions } from '../../../src/main/sync/syncs.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('what was noted of a group is not held against another one of its name', async (t) => {
  const { library } = await temporaryLibrary(t);
  const root = testFolder(t, { home: {}, club: { '.p2p-sync': 'chess\n', a: 'a' } });
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
    ...{ engine, memberships, home: join(root, 'home') },
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
  const request = { groupId: 'chess', folder: join(root, 'club'), isOnce: true, timeoutMs: 1 };
  const run = () => syncs.run(request, () => undefined);
  await t.rejects(run(), { code: 'NOT_A_MEMBER', message: /another one has its name/ });
  t.match(await run(), { failed: 0 }, 'begun again it is that of the new one');
  await writeFile(join(root, 'club/.p2p-sync'), 'music\n');
  await t.rejects(run(), { message: /the same as music/ });
  await syncs.close();
});
