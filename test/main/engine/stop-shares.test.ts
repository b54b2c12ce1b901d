/** What is told of shares that have ended, over shares of the test. */
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { stopShares } from '../../../src/main/engine/stop-shares.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { account } from '../../fixtures/temporary-library.js';

t.test(
  'each that has ended is told, and no other; a name that is none is not asked for',
  async (t) => {
    const events: ClientEvent[] = [];
    const asked: (readonly string[])[] = [];
    const lost = { fileName: 'lost', code: 'CONNECTION_LOST', message: 'gone' } as const;
    type Owners = Parameters<typeof stopShares>[0];
    const owners = {
      link: {
        promptCalls: async () => new FakeTrackerCalls(),
        requireSession: () => ({ account }),
      },
      shares: {
        stopSeveral: async (...[, , , names]: Parameters<Owners['shares']['stopSeveral']>) => {
          asked.push(names);
          return [lost];
        },
      },
      spoolKeeper: { around: (work: () => Promise<unknown>) => work() },
      emit: (event: ClientEvent) => void events.push(event),
    } as unknown as Owners;
    const fileNames = ['film', 'a/b', 'film', 'lost'];
    const left = await stopShares(owners, { groupId: 'group', fileNames });
    t.same(asked, [['film', 'lost']]);
    t.match(left, [{ fileName: 'a/b', code: 'BAD_ARGUMENT' }, lost]);
    t.same(events, [{ type: 'share-ended', groupId: 'group', fileName: 'film' }]);
  },
);
