/** What ends with a user's membership, and in which order. */
import t from 'tap';
import { TrackerError, type P2pError } from '../../../src/net/errors.js';
import { exitGroup } from '../../../src/main/engine/group-exit.js';
import type { DownloadRequest } from '../../../src/main/downloads/download-request.js';
import { account } from '../../fixtures/temporary-library.js';

/** Owners that note what they are asked. */
function scene() {
  const log: string[] = [];
  const stopped: { matches: (request: DownloadRequest) => boolean; error: P2pError }[] = [];
  const owners = {
    endSyncsOf: (groupId: string) => void log.push(`end syncs of ${groupId}`),
    uploads: {
      withdrawGroup: (...words: string[]) => void log.push(`withdraw ${words.join(' ')}`),
    },
    memberships: { incarnationOf: () => 'new' },
    listings: { clear: () => void log.push('clear listings') },
    guests: {
      endGroup: async (_: unknown, groupId: string) => void log.push(`end links of ${groupId}`),
    },
    tickets: { forget: (groupId: string) => void log.push(`forget ticket of ${groupId}`) },
    downloads: {
      stopWhere: async (matches: (request: DownloadRequest) => boolean, error: P2pError) => {
        log.push('stop downloads');
        await new Promise(setImmediate);
        stopped.push({ matches, error });
        log.push('downloads have stopped');
      },
    },
    connections: { closeGroup: (groupId: string) => void log.push(`close ${groupId}`) },
    parcels: { closeGroup: (groupId: string) => void log.push(`close parcels of ${groupId}`) },
    met: {
      forgetGroup: async (_: unknown, groupId: string) =>
        void log.push(`forget peers of ${groupId}`),
    },
    library: async () => ({
      removeGroup: (_: unknown, groupId: string, kept: string | undefined) => {
        log.push(`remove ${groupId}, but not of ${kept}`);
        return [];
      },
    }),
    spoolKeeper: {
      around: async <T>(work: () => T | Promise<T>) => {
        log.push('look at the spool');
        return work();
      },
    },
  };
  return { log, stopped, owners };
}

t.test('nothing is served, then nothing downloaded, then it is forgotten', async (t) => {
  const { log, owners } = scene();
  await exitGroup(owners, account, 'chess');
  t.same(log, [
    'end syncs of chess',
    'withdraw chess NO_SUCH_FILE',
    'clear listings',
    'forget ticket of chess',
    'end links of chess',
    'stop downloads',
    'downloads have stopped',
    'close chess',
    'close parcels of chess',
    'forget peers of chess',
    'look at the spool',
    'remove chess, but not of new',
  ]);
});

t.test('the downloads of that group end, with the reason', async (t) => {
  const removed = new TrackerError('NOT_A_MEMBER', 'you were removed');
  for (const [given, message] of [
    [removed, /^you were removed$/],
    [undefined, /you have left chess/],
  ] as const) {
    const { stopped, owners } = scene();
    await exitGroup(owners, account, 'chess', given);
    const [{ matches, error } = { matches: undefined, error: undefined }] = stopped;
    t.match(error, { code: 'NOT_A_MEMBER', message });
    t.ok(matches?.({ groupId: 'chess' } as DownloadRequest));
    t.notOk(matches?.({ groupId: 'music' } as DownloadRequest));
  }
});
