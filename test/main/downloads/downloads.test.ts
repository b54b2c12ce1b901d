/** The table of downloads: real ones, with fakes around them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CancelledError, TrackerError, type P2pError } from '../../../src/net/errors.js';
import {
  BRIEF_DOWNLOAD_PIECES,
  MAX_ENDED_DOWNLOADS_HELD,
  MAX_FINISHING_DOWNLOADS,
  MAX_PARCEL_DOWNLOADS,
  MAX_QUIET_LOOKS,
  MAX_RUNNING_DOWNLOADS,
  MAX_WAITING_DOWNLOADS,
} from '../../../src/net/limits.js';
import type { Later } from '../../../src/net/later.js';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { deferred, whenSettled } from '../../../src/net/deferred.js';
import {
  downloadKindOf,
  type DownloadRequest,
} from '../../../src/main/downloads/download-request.js';
import type { Priority, Turn } from '../../../src/main/home/download-turn.js';
import { Downloads } from '../../../src/main/downloads/downloads.js';
import { describedBytes, type DescribedBytes } from '../../fixtures/described-bytes.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { deliver } from '../../fixtures/fake-peer-connections.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { runApart } from '../../fixtures/run-apart.js';
import { testFolder } from '../../fixtures/test-folder.js';

const [empty, onePiece, brief, long] = [0, 1, BRIEF_DOWNLOAD_PIECES, BRIEF_DOWNLOAD_PIECES + 1].map(
  (pieceCount) => describedBytes(pieceCount),
) as [DescribedBytes, DescribedBytes, DescribedBytes, DescribedBytes];

/**
 * The downloads under test, each of a file of its own id. A started one is in the log as `watch`,
 * for it has no peers; `supply` gives it one that delivers.
 */
function scene(t: Test, options: { atOnce?: number; later?: Later } = {}) {
  const folder = testFolder(t);
  const { owners, ...around } = fakeDownloadOwners();
  const { connections, watches } = around;
  const downloads = new Downloads(owners, options);
  let place = 0;
  const start = (
    id: string,
    file: DescribedBytes,
    groupId = 'group',
    priority: Priority = 'normal',
  ): void => {
    downloads.start(requestFor(folder, id, file, groupId, { priority, place: ++place }));
  };
  const startMany = (count: number, file: DescribedBytes): string[] => {
    const ids = Array.from({ length: count }, (_, one) => `${one + 1}`);
    for (const id of ids) start(id, file);
    return ids;
  };
  const stateOf = (id: string): string | undefined => downloads.progress().get(id)?.state;
  const wait = (id: string) => downloads.wait(id, () => undefined);
  const supply = (id: string, file: DescribedBytes): void => {
    connections.onSession = deliver(file.content);
    watches.watchers.get(id)?.onPeers({ online: [onlinePeer(`of ${id}`)], gone: [], lost: [] });
  };
  t.teardown(() => downloads.stopWhere(() => true, new CancelledError('over')));
  return { ...around, downloads, start, startMany, stateOf, wait, supply, folder };
}

function requestFor(
  folder: string,
  id: string,
  { description }: DescribedBytes,
  groupId: string,
  turn: Turn,
): DownloadRequest {
  const path = join(folder, `${groupId} ${id}`);
  return {
    id,
    groupId,
    fileName: id,
    fileId: id,
    description,
    kind: downloadKindOf(description.layout),
    path,
    partPath: `${path}.part`,
    overwrite: false,
    timeoutMs: 0,
    turn,
    firstPeers: [],
    isAgain: false,
    left: undefined,
  };
}

t.test('so many run at a time, two brief ones in one place, many small ones', async (t) => {
  const cases: [name: string, file: DescribedBytes, atATime: number][] = [
    ['long', long, MAX_RUNNING_DOWNLOADS],
    ['brief', brief, 2 * MAX_RUNNING_DOWNLOADS],
    ['one piece', onePiece, MAX_PARCEL_DOWNLOADS],
  ];
  for (const [name, file, atATime] of cases) {
    await t.test(name, async (t) => {
      const { startMany, downloads, stateOf, log } = scene(t);
      const ids = startMany(atATime + 3, file);
      await Promise.all(ids.slice(0, atATime).map((id) => log.seen(`watch ${id}`)));
      t.same(
        ids.filter((id) => stateOf(id) === 'queued'),
        ids.slice(-3),
      );
      t.equal(downloads.running.length, ids.length, 'who waits is running too');
    });
  }
});

t.test('a place that becomes free is for the one that has waited longest', async (t) => {
  const { startMany, stateOf, supply, wait, downloads, log } = scene(t);
  const ids = startMany(MAX_RUNNING_DOWNLOADS + 3, long);
  const [first, second, ...others] = ids;
  await Promise.all(ids.slice(0, MAX_RUNNING_DOWNLOADS).map((id) => log.seen(`watch ${id}`)));
  const [next, afterNext, last] = others.slice(-3) as [string, string, string];
  supply(second!, long);
  await log.seen(`watch ${next}`);
  t.equal(stateOf(afterNext), 'queued');
  await wait(second!);
  const cancelled = t.rejects(wait(first!), { code: 'CANCELLED' });
  await downloads.cancel(first!);
  await cancelled;
  await log.seen(`watch ${afterNext}`);
  t.equal(stateOf(last), 'queued');
  t.same(
    downloads.running.map(({ request }) => request.id),
    others,
  );
});

t.test('one that is put in place leaves its place to others', async (t) => {
  const { startMany, stateOf, supply, log, record } = scene(t);
  const sharing = deferred<void>();
  record.share = () => sharing.promise;
  const ids = startMany(MAX_RUNNING_DOWNLOADS + 1, long);
  await log.seen('watch 1');
  supply('1', long);
  await log.seen(`watch ${ids.at(-1)}`);
  await log.seen('complete 1');
  t.equal(stateOf('1'), 'finishing');
  sharing.resolve();
});

t.test('those that are put in place are bounded as well', async (t) => {
  const { startMany, stateOf, wait, log, record } = scene(t);
  const sharing = deferred<void>();
  record.share = () => sharing.promise;
  const ids = startMany(MAX_FINISHING_DOWNLOADS + 3 * MAX_RUNNING_DOWNLOADS, empty);
  await Promise.all(ids.slice(0, MAX_FINISHING_DOWNLOADS).map((id) => log.seen(`complete ${id}`)));
  t.equal(stateOf(ids.at(-1)!), 'queued');
  sharing.resolve();
  await Promise.all(ids.map((id) => wait(id)));
  t.equal(log.of('complete').length, ids.length);
});

t.test('who waits hears of progress and of the end', async (t) => {
  const { start, wait, downloads, supply, log } = scene(t);
  start('film', brief);
  const states = new Set<string>();
  const waiting = downloads.wait('film', ({ state }) => states.add(state));
  await log.seen('watch film');
  supply('film', brief);
  t.match(await waiting, { size: brief.content.length, fetched: brief.content.length });
  t.same([...states], ['downloading', 'finishing', 'complete']);
  t.match(await wait('film'), { size: brief.content.length }, 'later too');
  t.match(downloads.progress().get('film'), { state: 'complete' });
  t.same(downloads.running, []);
  await t.rejects(wait('another'), { code: 'NO_SUCH_DOWNLOAD' });
  await t.rejects(downloads.cancel('another'), { code: 'NO_SUCH_DOWNLOAD' });
});

t.test('one that fails takes nothing with it, and nobody has to hear of it', async (t) => {
  const { start, downloads, stateOf, log, watches } = scene(t);
  watches.whoHas = async (fileId) => {
    if (fileId === 'film') throw new TrackerError('NO_SUCH_FILE', 'not here');
    return [];
  };
  start('film', brief);
  start('song', brief);
  await log.seen('failed film NO_SUCH_FILE');
  await log.seen('watch song');
  t.equal(stateOf('film'), 'failed');
  t.equal(stateOf('song'), 'downloading');
  t.same([...downloads.activeGroups()], ['group']);
});

t.test('one that runs is found by group, name and path', async (t) => {
  const { start, downloads, folder, log } = scene(t);
  start('film', brief);
  await log.seen('watch film');
  const path = join(folder, 'group film');
  t.equal(downloads.find('group', 'film', path)?.request.id, 'film');
  t.equal(downloads.find('other', 'film', path), undefined);
  t.equal(downloads.find('group', 'song', path), undefined);
  t.equal(downloads.find('group', 'film', `${path}.mkv`), undefined);
  await downloads.cancel('film');
  t.equal(downloads.find('group', 'film', path), undefined);
});

t.test('all that match are stopped, with the reason', async (t) => {
  const { start, downloads, wait, stateOf, log } = scene(t);
  start('film', brief);
  start('song', long);
  start('tale', brief, 'other');
  await Promise.all(['film', 'song', 'tale'].map((id) => log.seen(`watch ${id}`)));
  const ended = whenSettled(Promise.all(['film', 'song'].map((id) => wait(id))));
  const reason = new TrackerError('NOT_A_MEMBER', 'out');
  await downloads.stopWhere(({ groupId }) => groupId === 'group', reason);
  await ended;
  await t.rejects(wait('film'), reason);
  t.same(log.of('failed').sort(), ['failed film NOT_A_MEMBER', 'failed song NOT_A_MEMBER']);
  t.equal(stateOf('tale'), 'downloading');
  t.same([...downloads.activeGroups()], ['other']);
  await downloads.stopWhere(() => true, new CancelledError('over'));
  t.same(downloads.running, []);
});

t.test('one that waits in line and is stopped ends at once, and takes no place', async (t) => {
  const cases: [name: string, reason: P2pError, failed: string[]][] = [
    ['by the user', new CancelledError('enough'), ['failed 9 CANCELLED']],
    ['by the closing client', new CancelledError('bye', 'TERMINATED'), []],
    ['with its group', new TrackerError('NOT_A_MEMBER', 'out'), ['failed 9 NOT_A_MEMBER']],
  ];
  for (const [name, reason, failed] of cases) {
    await t.test(name, async (t) => {
      const { startMany, log, downloads, stateOf, wait, supply, folder } = scene(t);
      const ids = startMany(MAX_RUNNING_DOWNLOADS + 2, long);
      const [doomed, next] = ids.slice(-2) as [string, string];
      await Promise.all(ids.slice(0, MAX_RUNNING_DOWNLOADS).map((id) => log.seen(`watch ${id}`)));
      const ended = t.rejects(wait(doomed), reason);
      await downloads.stopWhere(({ id }) => id === doomed, reason);
      await ended;
      t.equal(stateOf(doomed), name === 'with its group' ? 'failed' : 'cancelled');
      t.same(log.of('failed'), failed);
      t.equal(downloads.find('group', doomed, join(folder, `group ${doomed}`)), undefined);
      t.notOk(existsSync(join(folder, `group ${doomed}.part`)));
      t.equal(stateOf(next), 'queued', 'no place became free');
      supply('1', long);
      await log.seen(`watch ${next}`);
      t.same(log.of('watch').length, MAX_RUNNING_DOWNLOADS + 1);
    });
  }
});

t.test('one that was cancelled while it waited may be started again', async (t) => {
  const { startMany, start, downloads, stateOf, wait } = scene(t);
  const last = startMany(MAX_RUNNING_DOWNLOADS + 1, long).at(-1)!;
  await downloads.cancel(last);
  await downloads.cancel(last);
  t.equal(stateOf(last), 'cancelled');
  start(last, long);
  t.equal(stateOf(last), 'queued');
  const ended = t.rejects(wait(last), { code: 'CANCELLED' });
  await downloads.cancel(last);
  await ended;
});

t.test('only the last ended ones are known', async (t) => {
  const { startMany, wait, downloads } = scene(t);
  const ids = startMany(MAX_ENDED_DOWNLOADS_HELD + 1, empty);
  const ended: string[] = [];
  await Promise.all(ids.map((id) => wait(id).then(() => ended.push(id))));
  t.equal(downloads.progress().size, MAX_ENDED_DOWNLOADS_HELD);
  t.match(await wait(ended.at(-1)!), { size: 0 });
  await t.rejects(wait(ended[0]!), { code: 'NO_SUCH_DOWNLOAD' });
  await t.rejects(downloads.cancel(ended[0]!), { code: 'NO_SUCH_DOWNLOAD' });
});

t.test('somebody may say how many: then brief ones count as one each', async (t) => {
  const { startMany, stateOf, log, downloads } = scene(t, { atOnce: 2 });
  const ids = startMany(4, brief);
  await Promise.all(ids.slice(0, 2).map((id) => log.seen(`watch ${id}`)));
  t.same(ids.map(stateOf), ['downloading', 'downloading', 'queued', 'queued']);
  t.same(
    ids.map((id) => downloads.progress().get(id)?.place),
    [undefined, undefined, 1, 2],
  );
});

t.test('a place is for who has the next turn, whoever came first', async (t) => {
  const { start, supply, log, downloads, wait } = scene(t, { atOnce: 1 });
  start('first', long);
  start('low', long, 'group', 'low');
  start('normal', long);
  start('high', long, 'group', 'high');
  const told: (number | undefined)[] = [];
  const low = downloads.wait('low', ({ place }) => told.push(place));
  downloads.setTurns(new Map([['low', { priority: 'high', place: 0 }]]));
  for (const [ended, next] of [
    ['first', 'low'],
    ['low', 'high'],
    ['high', 'normal'],
  ] as const) {
    await log.seen(`watch ${ended}`);
    supply(ended, long);
    await log.seen(`watch ${next}`);
  }
  supply('normal', long);
  await Promise.all([wait('normal'), low]);
  t.same(log.of('watch'), ['watch first', 'watch low', 'watch high', 'watch normal']);
  t.same([...new Set(told)], [3, undefined], 'what runs has no place in the line');
});

t.test(
  'whoever waits for one in line hears where it stands, and at a look where that is another place',
  async (t) => {
    const looks: (() => void)[] = [];
    const later: Later = (_ms, work) => {
      looks.push(work);
      return () => looks.splice(looks.indexOf(work), 1);
    };
    const { startMany, downloads } = scene(t, { atOnce: 1, later });
    startMany(5, long);
    const told: unknown[] = [];
    const hear = ({ fileName, state, place }: DownloadProgress): void => {
      told.push([fileName, state, place]);
    };
    const ended = ['3', '5'].map((id) => downloads.wait(id, hear));
    const begun = [
      ['3', 'queued', 2],
      ['5', 'queued', 4],
    ];
    t.same(told, begun, 'at once');
    looks.shift()!();
    t.same(told, begun, 'a line that stands still is not told');
    await downloads.cancel('4');
    t.same(told, begun, 'however often it moves until the next look');
    looks.shift()!();
    t.same(told.slice(2), [['5', 'queued', 3]], 'only of what has moved');
    await downloads.cancel('2');
    looks.shift()!();
    t.same(told.slice(3), [
      ['3', 'queued', 1],
      ['5', 'queued', 2],
    ]);
    for (const id of ['3', '5']) await downloads.cancel(id);
    for (const end of ended) await t.rejects(end, { code: 'CANCELLED' });
    t.same(looks, [], 'nobody is in line, and nobody looks');
  },
);

t.test(
  'one on which nothing comes holds up nobody, and goes on when something comes',
  async (t) => {
    const looks: (() => void)[] = [];
    const later: Later = (_ms, work) => {
      looks.push(work);
      return () => looks.splice(looks.indexOf(work), 1);
    };
    const { startMany, supply, stateOf, log, wait } = scene(t, { atOnce: 1, later });
    startMany(3, long);
    await log.seen('watch 1');
    for (let look = 0; look < MAX_QUIET_LOOKS; look++) looks.shift()!();
    t.equal(stateOf('2'), 'queued', 'the first look has seen it begin');
    looks.shift()!();
    await log.seen('watch 2');
    t.equal(stateOf('1'), 'downloading', 'it is still looked for');
    t.equal(stateOf('3'), 'queued', 'the next one is counted');
    supply('1', long);
    await wait('1');
    supply('2', long);
    await log.seen('watch 3');
    t.same(looks, [], 'nobody waits, so nobody looks');
  },
);

t.test('the line is bounded', async (t) => {
  const { startMany, start, downloads, wait } = scene(t);
  const ids = startMany(MAX_WAITING_DOWNLOADS, long);
  t.ok(downloads.isFull);
  t.throws(() => start('one more', long), { code: 'LIMIT_REACHED' });
  await t.rejects(wait('one more'), { code: 'NO_SUCH_DOWNLOAD' });
  await downloads.cancel(ids.at(-1)!);
  t.notOk(downloads.isFull);
  start('one more', long);
  t.ok(downloads.isFull);
});

void t.test('a bug in a download that nobody waits for ends the process', async (t) => {
  const { status, stderr } = runApart(`
    import { Downloads } from '${import.meta.resolve('../../../src/main/downloads/downloads.js')}';
    import { describedBytes } from '${import.meta.resolve('../../fixtures/described-bytes.js')}';
    import { fakeDownloadOwners } from '${import.meta.resolve('../../fixtures/fake-download-owners.js')}';
    const { owners } = fakeDownloadOwners();
    owners.watches.open = () => { throw new Error('bug: a watch'); };
    const path = '${join(testFolder(t), 'film')}';
    const { description } = describedBytes(2);
    new Downloads(owners).start({
      id: '1', groupId: 'g', fileName: 'film', fileId: 'f', description, kind: 'long', path,
      partPath: path + '.part', overwrite: false, timeoutMs: 0, turn: { priority: 'low', place: 1 }, firstPeers: [],
      verifiedBefore: undefined,
    });
  `);
  t.equal(status, 1);
  t.match(stderr, /bug: a watch/);
});

t.test('a download that runs already is not started beside itself', async (t) => {
  const { downloads, start, stateOf, wait, supply, log } = scene(t);
  start('1', onePiece);
  start('1', onePiece);
  await log.seen('watch 1');
  t.equal(downloads.running.length, 1);
  supply('1', onePiece);
  t.match(await wait('1'), { size: onePiece.content.length });
  // Whoever ended unseen beside it would be missed here.
  await new Promise(setImmediate);
  t.equal(stateOf('1'), 'complete');
});

t.test(
  'the end of each is told once, before whoever waits hears; that of a repair is not',
  async (t) => {
    const { owners, ...around } = fakeDownloadOwners();
    const folder = testFolder(t);
    const told: string[] = [];
    const onDownloadEnded = ({ id, state }: DownloadProgress): void =>
      void told.push(`${id} ${state}`);
    const downloads = new Downloads(owners, { onDownloadEnded });
    const request = (id: string): DownloadRequest =>
      requestFor(folder, id, empty, 'group', { priority: 'normal', place: 1 });
    downloads.start(request('1'));
    await downloads.wait('1', () => undefined);
    t.same(told, ['1 complete']);
    // A repair notes its end itself.
    downloads.start(request('2'), fakeDownloadOwners().owners.record);
    await downloads.wait('2', () => undefined);
    downloads.start(requestFor(folder, '3', long, 'group', { priority: 'normal', place: 3 }));
    await around.log.seen('watch 3');
    await downloads.cancel('3');
    t.same(told, ['1 complete', '3 cancelled']);
  },
);
