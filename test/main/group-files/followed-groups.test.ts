/** The files of a group are listed while somebody follows them, and never more often than something may have changed. */
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { FollowedGroups } from '../../../src/main/group-files/followed-groups.js';
import { TrackerError, type ErrorCode } from '../../../src/net/errors.js';
import { MAX_FOLLOWED_GROUPS } from '../../../src/net/limits.js';
import type { FileRow } from '../../../src/net/tracker-api.js';

function scene() {
  const told: ClientEvent[] = [];
  const listeners = new Map<string, () => void>();
  const timers = new Set<() => void>();
  const group: { rows: FileRow[]; refusal?: ErrorCode; listed: number } = { rows: [], listed: 0 };
  let nowMs = 0;
  const groups = new FollowedGroups({
    listFiles: async () => {
      group.listed++;
      if (group.refusal) throw new TrackerError(group.refusal, 'no');
      return group.rows;
    },
    fileNews: {
      follow: (groupId, listener) => {
        listeners.set(groupId, listener);
        return () => listeners.delete(groupId);
      },
    },
    emit: (event) => told.push(event),
    later: (waitMs, work) => {
      const due = (): void => {
        nowMs += waitMs;
        work();
      };
      timers.add(due);
      return () => timers.delete(due);
    },
    steadyMs: () => nowMs,
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const change = async (rows: FileRow[]): Promise<void> => {
    group.rows = rows;
    for (const listener of listeners.values()) listener();
    await turn();
  };
  const elapse = async (): Promise<void> => {
    for (const due of [...timers]) {
      timers.delete(due);
      due();
    }
    await turn();
  };
  return { groups, group, told, listeners, timers, turn, change, elapse };
}

const film: FileRow = { name: 'film', fileId: '1', size: 7, sources: 1, sharer: 'ann' };

t.test('what is there is no news, what comes is, once for all who follow', async (t) => {
  const { groups, group, told, listeners, turn, change, elapse } = scene();
  group.rows = [film];
  const ends = [new AbortController(), new AbortController()];
  const seen: number[] = [];
  const calls = ends.map(({ signal }) =>
    groups.follow({ groupId: 'g', signal }, ({ files }) => seen.push(files)),
  );
  const settled = Promise.allSettled(calls);
  await turn();
  t.same([seen, told, group.listed], [[1, 1], [], 1]);
  await change([film, { ...film, name: 'song', fileId: '2' }]);
  t.equal(group.listed, 1, 'a list is not asked for again at once');
  await elapse();
  t.match(told, [{ type: 'file-added', groupId: 'g', fileName: 'song' }]);
  await elapse();
  t.equal(group.listed, 2, 'nor while nothing has changed');
  ends[0]!.abort(new TrackerError('INTERRUPTED', 'enough'));
  await turn();
  t.equal(listeners.size, 1);
  ends[1]!.abort(new TrackerError('INTERRUPTED', 'enough'));
  t.match(await settled, [{ status: 'rejected' }, { status: 'rejected' }]);
  t.equal(listeners.size, 0, 'nobody follows it any more');
});

t.test('what passes is waited for, and what does not ends it', async (t) => {
  const { groups, group, told, timers, turn, change, elapse } = scene();
  const following = t.rejects(
    groups.follow({ groupId: 'g' }, () => undefined),
    { code: 'NOT_A_MEMBER' },
  );
  await turn();
  group.refusal = 'CONNECTION_LOST';
  await change([film]);
  t.same([told, timers.size], [[], 1]);
  delete group.refusal;
  await elapse();
  t.match(told, [{ type: 'file-added', fileName: 'film' }]);
  groups.endGroup('g', new TrackerError('NOT_A_MEMBER', 'out'));
  await following;
  await change([]);
  await elapse();
  t.equal(told.length, 1);

  group.refusal = 'CONNECTION_LOST';
  await t.rejects(
    groups.follow({ groupId: 'g' }, () => undefined),
    { code: 'CONNECTION_LOST' },
    'whoever asks while nothing is known hears why',
  );
});

t.test('so many groups are followed, and no more', async (t) => {
  const { groups, listeners } = scene();
  const calls = Array.from({ length: MAX_FOLLOWED_GROUPS }, (_, index) =>
    groups.follow({ groupId: `g${index}` }, () => undefined),
  );
  const settled = Promise.allSettled(calls);
  const refused = { code: 'LIMIT_REACHED' };
  await t.rejects(
    groups.follow({ groupId: 'more' }, () => undefined),
    refused,
  );
  groups.endAll(new TrackerError('NOT_LOGGED_IN', 'out'));
  await settled;
  t.equal(listeners.size, 0);
});
