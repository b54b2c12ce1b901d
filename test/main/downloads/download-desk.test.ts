/** The desk of downloads: real downloads and a real library, with fakes around them. */
import { Spool } from '../../../src/main/home/spool.js';
import { fdOf } from '../../fixtures/fd-of.js';
import { existsSync, writeSync } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { CancelledError, PeerError, TrackerError } from '../../../src/net/errors.js';
import { MAX_RUNNING_DOWNLOADS } from '../../../src/net/limits.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { DownloadDesk } from '../../../src/main/downloads/download-desk.js';
import type { Listen } from '../../../src/main/downloads/download-preparation.js';
import { deferred } from '../../../src/net/deferred.js';
import { moveDownloads } from '../../../src/main/downloads/move-downloads.js';
import { pauseDownloads } from '../../../src/main/downloads/pause-downloads.js';
import { DownloadRecord } from '../../../src/main/downloads/download-record.js';
import { Downloads } from '../../../src/main/downloads/downloads.js';
import type { Library } from '../../../src/main/home/library.js';
import type { Account } from '../../../src/main/home/library-records.js';
import { describedBytes, pieceOf } from '../../fixtures/described-bytes.js';
import { Memberships } from '../../../src/main/account/memberships.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { FakeAccountLink } from '../../fixtures/fake-account-link.js';
import { fakeDownloadOwners } from '../../fixtures/fake-download-owners.js';
import { deliver, endWhenTold, readyWith } from '../../fixtures/fake-peer-connections.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';
import { bitsOf } from '../swarm/fake-swarm.js';

const { fileId, content, encoded, description } = describedBytes(3);
const { size, pieceLength } = description.layout;

const group = { groupId: 'group', incarnation: INCARNATION };

/** The desk under test. Ann has the file `film`; her bytes come when `supply` says so. */
async function scene(t: Test, kept?: Awaited<ReturnType<typeof temporaryLibrary>>) {
  const { library, folder } = kept ?? (await temporaryLibrary(t));
  const open = async () => library;
  const link = new FakeAccountLink();
  const memberships = new Memberships();
  memberships.learn(group);
  const events: ClientEvent[] = [];
  const emit = (event: ClientEvent): void => void events.push(event);
  const background = new BackgroundWork(emit);
  /** Paths of shares that are as they were. */
  const unchanged = new Set<string>();
  const shares = {
    hasUnchanged: async (_account: Account, _fileId: string, path: string) => unchanged.has(path),
    isOlder: () => false,
    publish: async () => 'created' as const,
    retire: async () => undefined,
  };
  const { owners, connections, watches, log, hints } = fakeDownloadOwners();
  const record = new DownloadRecord({
    ...{ library: open, link, shares, background, emit },
    guestCopies: { isOne: () => false, serve: async () => undefined },
  });
  const downloads = new Downloads({ ...owners, record });
  const file = { fileId, description, encoded, peers: [onlinePeer('ann')] };
  const tracker = { lookUp: async () => file };
  const listening: { now: Listen | undefined } = { now: undefined };
  const desk = new DownloadDesk({
    link,
    library: open,
    memberships,
    batches: { lookUp: () => tracker.lookUp() },
    hints: owners.hints,
    spool: new Spool(`${folder}/spool`),
    homePath: `${folder}/home`,
    downloads,
    prepare: {
      startThreads: () => log.note('threads'),
      dialAhead: (groupId) => log.note(`ahead in ${groupId}`),
      listen: () => listening.now,
    },
    background,
    emit,
  });
  const start = (fileName = 'film'): Promise<string> =>
    desk.start({ groupId: 'group', fileName, destination: folder, overwrite: false, timeoutMs: 0 });
  const wait = (id: string) => downloads.wait(id, () => undefined);
  const rows = () => library.listDownloads(account);
  const supply = (): void => void (connections.onSession = deliver(content));
  t.teardown(async () => {
    await downloads.stopWhere(() => true, new CancelledError('over', 'TERMINATED'));
    await background.settled();
  });
  const path = join(folder, 'film');
  const around = {
    library,
    unchanged,
    link,
    memberships,
    tracker,
    events,
    background,
    connections,
    watches,
    log,
    hints,
  };
  return { ...around, listening, desk, downloads, folder, path, start, wait, rows, supply };
}

/** Shares what lies there, in the library, as the content of `film`. */
async function share(library: Library, path: string) {
  const stamp = stampOf(await stat(path, { bigint: true }));
  const own = { ...group, name: 'film', fileId, path, stamp, sharedAtMs: 1 };
  library.addShare(account, own, { fileId, pieceLength, encoded });
}

t.test('a download is looked up, noted, fetched and shared', async (t) => {
  const { desk, start, wait, rows, path, supply, library, log } = await scene(t);
  supply();
  const id = await start();
  t.match(rows(), [{ id, name: 'film', fileId, path, state: 'running' }]);
  t.match(await wait(id), { path, size, fetched: size });
  t.ok(content.equals(await readFile(path)));
  t.match(rows(), [{ id, state: 'complete' }]);
  t.match(library.share(account, 'group', 'film'), { fileId, path });
  t.match(await desk.list(account), [{ id, state: 'complete', verified: size }]);
  t.same(log.lines.slice(0, 3), ['threads', 'ahead in group', `session ${fileId} ann`]);
});

t.test('what is being downloaded is not downloaded twice', async (t) => {
  const { start, rows, downloads, path, background } = await scene(t);
  const id = await start();
  t.equal(await start(), id);
  t.equal(rows().length, 1);
  await downloads.cancel(id);
  await background.settled();
  await writeFile(path, 'taken');
  await t.rejects(start(), { code: 'DESTINATION_EXISTS' });
  t.same(downloads.running, []);
});

t.test('what is refused leaves no row that a later engine would go on with', async (t) => {
  const taken = new PeerError('ADDRESS_IN_USE', 'the port is taken');
  type Scene = Awaited<ReturnType<typeof scene>>;
  const cases: [code: string, refuse: (scene: Scene) => unknown, rows: object[]][] = [
    [
      'NO_SUCH_FILE',
      ({ tracker }) =>
        (tracker.lookUp = () => Promise.reject(new TrackerError('NO_SUCH_FILE', 'not here'))),
      [],
    ],
    [
      'ADDRESS_IN_USE',
      ({ listening }) => (listening.now = { opened: Promise.reject(taken), isFirst: true }),
      [],
    ],
    [
      'ADDRESS_IN_USE',
      ({ listening }) => (listening.now = { opened: Promise.reject(taken), isFirst: false }),
      [{ state: 'failed', error: { code: 'CANCELLED' } }],
    ],
    [
      'LIMIT_REACHED',
      ({ downloads }) =>
        (downloads.start = () => {
          throw new TrackerError('LIMIT_REACHED', 'too many');
        }),
      [{ state: 'failed', error: { code: 'LIMIT_REACHED' } }],
    ],
  ];
  for (const [code, refuse, expected] of cases) {
    await t.test(`${code}, ${expected.length} rows`, async (t) => {
      const set = await scene(t);
      await refuse(set);
      await t.rejects(set.start(), { code });
      await set.background.settled();
      t.match(set.rows(), expected);
      t.equal(set.rows().length, expected.length);
      t.same(set.downloads.running, []);
    });
  }
});

t.test('one that was cancelled goes on where it stopped', async (t) => {
  const { start, wait, rows, desk, downloads, supply, background, path, connections, log } =
    await scene(t);
  const id = await start();
  const cancelled = t.rejects(wait(id), { code: 'CANCELLED' });
  await log.seen(`session ${fileId} ann`);
  const [session] = connections.sessions;
  session?.say(readyWith(Bitfield.full(3)));
  await session?.told('fetch');
  writeSync(fdOf(session!.file.content), pieceOf(content, 1), 0, undefined, pieceLength);
  session?.say({ type: 'verified', pieces: [1] });
  await downloads.cancel(id);
  await cancelled;
  await background.settled();
  t.match(rows(), [{ id, state: 'failed', error: { code: 'CANCELLED' } }]);
  t.match(await desk.list(account), [{ id, state: 'cancelled' }]);
  supply();
  t.equal(await start(), id);
  t.match(await wait(id), { fetched: size - pieceLength });
  t.ok(content.equals(await readFile(path)));
  t.match(rows(), [{ id, state: 'complete' }]);
});

t.test('one that is forgotten while it is asked for again is a new one', async (t) => {
  const { start, wait, supply, library, rows, path } = await scene(t);
  const row = { ...group, id: 'left', name: 'film', fileId, path, partPath: `${path}.part` };
  library.addDownload(account, { ...row, size, startedAtMs: 1 }, { fileId, pieceLength, encoded });
  library.failDownload('left', { code: 'TIMEOUT', message: 'too long' }, 2);
  const find = library.unfinishedDownload.bind(library);
  library.unfinishedDownload = (...which) => {
    const found = find(...which);
    library.forgetDownload('left');
    return found;
  };
  supply();
  const id = await start();
  t.not(id, 'left');
  await wait(id);
  t.match(rows(), [{ id, state: 'complete' }]);
});

t.test('one that is cancelled while it waits in line has failed in the library', async (t) => {
  const { start, wait, rows, downloads, background, desk } = await scene(t);
  const ids: string[] = [];
  for (let one = 0; one <= 2 * MAX_RUNNING_DOWNLOADS; one++) ids.push(await start(`film ${one}`));
  const id = ids.at(-1)!;
  t.match(await desk.list(account), { [ids.length - 1]: { id, state: 'queued' } });
  const cancelled = t.rejects(wait(id), { code: 'CANCELLED' });
  await downloads.cancel(id);
  await cancelled;
  await background.settled();
  t.match(rows().at(-1), { id, state: 'failed', error: { code: 'CANCELLED' } });
  t.match(await desk.list(account), { [ids.length - 1]: { id, state: 'cancelled' } });
});

/** Those that wait, in their order. */
function lineOf(downloads: Downloads): string[] {
  return [...downloads.progress().values()]
    .filter(({ place }) => place !== undefined)
    .sort((one, other) => one.place! - other.place!)
    .map(({ fileName }) => fileName);
}

t.test('a thousand keep their order over a restart, also those that were moved', async (t) => {
  const before = await scene(t);
  const names = Array.from({ length: 1_000 }, (_, one) => `film ${one}`);
  await Promise.all(names.map(before.start));
  const begun = names.slice(0, 2 * MAX_RUNNING_DOWNLOADS);
  const line = names.slice(begun.length);
  t.same(lineOf(before.downloads), line);
  const owners = { library: async () => before.library, downloads: before.downloads };
  const move = (fileName: string, to: 'first' | number) =>
    moveDownloads(owners, account, { groupId: 'group', fileName, to });
  t.match(await move('film 700', 'first'), [{ fileName: 'film 700', place: 1, of: line.length }]);
  t.match(await move('film 20', 500), [{ priority: 'normal', place: 500 }]);
  const none = { code: 'NO_SUCH_DOWNLOAD' };
  await t.rejects(move('film 0', 'first'), { ...none, message: /waits in line/ }, 'it runs');
  await t.rejects(move('opera', 'first'), none);
  const moved = line.filter((name) => name !== 'film 20' && name !== 'film 700');
  moved.unshift('film 700');
  moved.splice(499, 0, 'film 20');
  t.same(lineOf(before.downloads), moved);
  await before.downloads.stopWhere(() => true, new CancelledError('bye', 'TERMINATED'));
  await before.background.settled();
  // What no engine runs can be moved too.
  t.match(await move('film 999', 'first'), [{ place: 1, of: names.length }]);
  const after = await scene(t, before);
  await after.desk.resumeUnfinished(account);
  const all = ['film 999', ...begun, ...moved.slice(0, -1)];
  t.same(lineOf(after.downloads), all.slice(begun.length));
});

t.test('the order is that of asking, whichever answer comes first', async (t) => {
  const { start, tracker, downloads, desk, folder } = await scene(t);
  const lookUp = tracker.lookUp;
  const first = deferred<void>();
  for (let one = 0; one < 2 * MAX_RUNNING_DOWNLOADS; one++) await start(`film ${one}`);
  tracker.lookUp = () => first.promise.then(lookUp);
  const slow = start('slow');
  tracker.lookUp = lookUp;
  await start('fast');
  const request = { groupId: 'group', destination: folder, overwrite: false, timeoutMs: 0 };
  await desk.start({ ...request, fileName: 'low', priority: 'low' });
  await desk.start({ ...request, fileName: 'high', priority: 'high' });
  first.resolve();
  await slow;
  t.same(lineOf(downloads), ['high', 'slow', 'fast', 'low']);
});

t.test(
  'what is asked for again while it waits takes another priority, and what had ended is last',
  async (t) => {
    const { start, downloads, desk, folder, background } = await scene(t);
    for (let one = 0; one < 2 * MAX_RUNNING_DOWNLOADS; one++) await start(`film ${one}`);
    const request = { groupId: 'group', destination: folder, overwrite: false, timeoutMs: 0 };
    for (const fileName of ['a', 'b', 'c']) await start(fileName);
    const again = (fileName: string, priority?: 'high' | 'low') =>
      desk.start({ ...request, fileName, ...(priority && { priority }) });
    await again('b', 'high');
    t.same(lineOf(downloads), ['b', 'a', 'c']);
    await again('b');
    t.same(lineOf(downloads), ['b', 'a', 'c'], 'nothing was said');
    await again('b', 'low');
    t.same(lineOf(downloads), ['a', 'c', 'b']);
    await downloads.cancel(await again('a'));
    await background.settled();
    await again('a');
    t.same(lineOf(downloads), ['c', 'a', 'b']);
  },
);

t.test('what is paused while it waits has its place again when it is resumed', async (t) => {
  const { start, downloads, desk, library } = await scene(t);
  for (let one = 0; one < 2 * MAX_RUNNING_DOWNLOADS + 3; one++) await start(`film ${one}`);
  const line = lineOf(downloads);
  const which = { groupId: 'group', fileName: line[1]! };
  await pauseDownloads({ library: async () => library, downloads }, account, which);
  t.same(lineOf(downloads), [line[0], line[2]]);
  await desk.resume(account, { ...which, timeoutMs: 0 });
  t.same(lineOf(downloads), line);
});

t.test('what an earlier engine left goes on by itself, and its end is an event', async (t) => {
  const { desk, supply, library, rows, path, wait, events, downloads, watches } = await scene(t);
  watches.whoHas = async () => [onlinePeer('ann')];
  const left = { id: 'left', ...group, name: 'film', fileId, path, size, startedAtMs: 1 };
  const partPath = `${path}.part`;
  await writeFile(partPath, content);
  library.addDownload(account, { ...left, partPath }, { fileId, pieceLength, encoded });
  const stamp = stampOf(await stat(partPath, { bigint: true }));
  library.saveKept('left', { bits: bitsOf(3, [0, 2]).bytes, bytes: 2 * pieceLength, stamp });
  supply();
  await desk.resumeUnfinished(account);
  await desk.resumeUnfinished(account);
  t.equal(downloads.running.length, 1);
  t.match(await wait('left'), { fetched: pieceLength });
  t.match(rows(), [{ id: 'left', state: 'complete' }]);
  t.same(events, [{ type: 'download-ended', groupId: 'group', fileName: 'film', path }]);
});

for (const when of [
  'before the client listens',
  'before it is noted',
  'while it is being read',
] as const) {
  t.test(`what goes on by itself and ends ${when} is done`, async (t) => {
    const { desk, library, tracker, hints, watches, ...more } = await scene(t);
    const { start, wait, rows, supply, path, folder, unchanged } = more;
    watches.whoHas = async () => [onlinePeer('ann')];
    supply();
    // It could be copied, if it were not done.
    await writeFile(join(folder, 'own'), content);
    await share(library, join(folder, 'own'));
    unchanged.add(join(folder, 'own'));
    const left = { ...group, name: 'film', fileId, path, partPath: `${path}.part`, size };
    const stored = { fileId, pieceLength, encoded };
    library.addDownload(account, { ...left, id: 'left', startedAtMs: 1 }, stored);
    const goOn = async (): Promise<void> => {
      await desk.resumeUnfinished(account);
      await wait('left');
    };
    if (when === 'before the client listens') {
      let asked = 0;
      // Its place was looked at, and it is not noted.
      const opening = {
        isFirst: true,
        get opened() {
          return ++asked === 2 ? goOn() : Promise.resolve();
        },
      };
      more.listening.now = opening;
    }
    const { lookUp } = tracker;
    const gather = library.gather.bind(library);
    if (when === 'before it is noted') {
      tracker.lookUp = async () => {
        const file = await lookUp();
        // Between the question where it goes and the note.
        library.gather = async <T>(work: () => T): Promise<T> => {
          library.gather = gather;
          await goOn();
          return library.gather(work);
        };
        return file;
      };
    } else if (when === 'while it is being read') {
      const read = hints.read.bind(hints);
      hints.read = async (...asked) => {
        hints.read = read;
        await goOn();
        return read(...asked);
      };
    }
    t.equal(await start(), 'left');
    t.match(await wait('left'), { path, size });
    t.match(rows(), [{ id: 'left', state: 'complete' }]);
    t.notOk(existsSync(left.partPath), 'and nothing is beside it');
  });
}

t.test('what is stopped while it is being read does not begin, and is no bug', async (t) => {
  const { desk, downloads, library, path, hints, events, start, rows, background } = await scene(t);
  const left = { id: 'left', ...group, name: 'film', fileId, path, size, startedAtMs: 1 };
  const download = { ...left, partPath: `${path}.part` };
  library.addDownload(account, download, { fileId, pieceLength, encoded });
  const owners = { library: async () => library, downloads };
  const all = { groupId: 'group' };
  let stop = (): Promise<unknown> => pauseDownloads(owners, account, all);
  hints.read = async () => {
    await stop();
    return undefined;
  };
  await desk.resumeUnfinished(account);
  t.match(rows(), [{ state: 'failed', error: { code: 'PAUSED' } }]);
  await t.rejects(start(), { code: 'PAUSED' });
  stop = async () => library.forgetDownload('left');
  const resuming = desk.resume(account, { ...all, timeoutMs: 0 });
  await t.rejects(resuming, { code: 'NO_SUCH_DOWNLOAD' });
  await background.settled();
  t.same([rows(), downloads.running, events], [[], [], []]);
});

t.test('what is moved while it is being read begins in its new turn', async (t) => {
  type Scene = Awaited<ReturnType<typeof scene>>;
  const ways: [way: string, begin: (set: Scene) => Promise<unknown>][] = [
    ['by a login', ({ desk }) => desk.resumeUnfinished(account)],
    ['by resume', ({ desk }) => desk.resume(account, { groupId: 'group', timeoutMs: 0 })],
    [
      'by being asked for again',
      async ({ start }) => {
        for (const name of ['a', 'b', 'c']) await start(name);
      },
    ],
  ];
  for (const [way, begin] of ways) {
    const set = await scene(t);
    const { downloads, library, folder, hints, start } = set;
    for (let one = 0; one < 2 * MAX_RUNNING_DOWNLOADS; one++) await start(`film ${one}`);
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const path = join(folder, name);
      const left = { id: name, ...group, name, fileId, path, partPath: `${path}.part`, size };
      const turn = { priority: 'normal', place: 100 + index } as const;
      const row = { ...left, startedAtMs: 1, turn };
      library.addDownload(account, row, { fileId, pieceLength, encoded });
    }
    const owners = { library: async () => library, downloads };
    const asked = ['c', 'b'];
    // With the first look `c`, with the second `b`, which is being read itself then.
    hints.read = async () => {
      const fileName = asked.shift();
      if (fileName)
        await moveDownloads(owners, account, { groupId: 'group', fileName, to: 'first' });
      return undefined;
    };
    await begin(set);
    t.same(lineOf(downloads), ['b', 'c', 'a'], way);
  }
});

t.test('one that cannot be resumed is told, and keeps no other from it', async (t) => {
  const { desk, downloads, library, path, events } = await scene(t);
  const left = { ...group, name: 'film', fileId, size, startedAtMs: 1 };
  // Of a group of that name which has ended.
  const of = { incarnation: OTHER_INCARNATION };
  const lost = { ...left, ...of, id: 'lost', path, partPath: `${path}.part` };
  const good = { ...left, id: 'good', path: `${path}2`, partPath: `${path}2.part` };
  for (const one of [lost, good]) {
    library.addDownload(account, one, { fileId, pieceLength, encoded });
    library.failDownload(one.id, { code: 'PAUSED', message: 'so' }, 1);
  }
  const error = { code: 'NOT_A_MEMBER' };
  await t.rejects(desk.resume(account, { id: 'lost', timeoutMs: 0 }), error);
  t.same(events, [], 'it is the answer');
  t.match(await desk.resume(account, { groupId: 'group', timeoutMs: 0 }), [{ id: 'good' }]);
  t.match(events, [{ type: 'download-ended', path, error }]);
  t.equal(downloads.running.length, 1);
});

t.test('hints of what nobody goes on with are removed once, at the first start', async (t) => {
  const { desk, library, path, log, hints, background, watches, ...more } = await scene(t);
  const { start, supply, wait } = more;
  const left = { ...group, name: 'film', fileId, path, partPath: `${path}.part`, size };
  for (const id of ['left', 'done']) {
    const download = { ...left, id, startedAtMs: 1 };
    library.addDownload(account, download, { fileId, pieceLength, encoded });
  }
  library.finishDownload('done', { size, mtimeNs: 1n, ctimeNs: 1n, inode: 1n }, 1);
  hints.ids = ['left', 'done', 'gone'];
  watches.whoHas = async () => [onlinePeer('ann')];
  supply();
  await desk.resumeUnfinished(account);
  await wait(await start());
  await background.settled();
  t.same(log.of('unhint'), ['unhint done', 'unhint gone', 'unhint left']);
});

t.test('what was left of a group that has ended fails, and says so', async (t) => {
  for (const [now, message] of [
    [OTHER_INCARNATION, /another one has its name now/],
    [undefined, /no longer a member of group/],
  ] as const) {
    const { desk, library, memberships, rows, path, events, downloads } = await scene(t);
    memberships.clear();
    if (now !== undefined) memberships.learn({ ...group, incarnation: now });
    const left = { id: 'left', ...group, name: 'film', fileId, path, size, startedAtMs: 1 };
    const row = { ...left, partPath: `${path}.part` };
    library.addDownload(account, row, { fileId, pieceLength, encoded });
    await desk.resumeUnfinished(account);
    const error = { code: 'NOT_A_MEMBER', message };
    t.match(rows(), [{ id: 'left', state: 'failed', error }]);
    t.match(events, [{ type: 'download-ended', fileName: 'film', error }]);
    t.same(downloads.running, []);
  }
});

t.test('one whose row is damaged fails, and the others go on', async (t) => {
  const { desk, library, rows, path, events, downloads, connections } = await scene(t);
  connections.onSession = endWhenTold;
  const left = { ...group, name: 'film', fileId, path, size, startedAtMs: 2 };
  const broken = { ...left, id: 'broken', name: 'song', fileId: 'f'.repeat(64), path: `${path}-2` };
  const garbage = { fileId: broken.fileId, pieceLength, encoded: Buffer.from('garbage') };
  library.addDownload(account, { ...broken, startedAtMs: 1, partPath: `${path}-2.part` }, garbage);
  const whole = { ...left, id: 'left', partPath: `${path}.part` };
  library.addDownload(account, whole, { fileId, pieceLength, encoded });
  await desk.resumeUnfinished(account);
  const error = { code: 'IO_ERROR', message: /damaged; end it with p2p cancel/ };
  t.match(events, [{ type: 'download-ended', fileName: 'song', error }]);
  t.match(downloads.running, [{ request: { id: 'left' } }]);
  await downloads.stopWhere(() => true, new CancelledError('bye', 'TERMINATED'));
  t.match(rows(), [
    { id: 'broken', state: 'failed', error },
    { id: 'left', state: 'running' },
  ]);
});

t.test('the end of such a one is told when it failed, not when it was stopped', async (t) => {
  const cases = [
    [new TrackerError('NOT_A_MEMBER', 'out'), [{ type: 'download-ended', fileName: 'film' }]],
    [new CancelledError('bye', 'TERMINATED'), []],
  ] as const;
  for (const [reason, told] of cases) {
    await t.test(reason.code, async (t) => {
      const { desk, library, path, downloads, events, background, connections } = await scene(t);
      connections.onSession = endWhenTold;
      const left = {
        id: 'left',
        ...group,
        name: 'film',
        fileId,
        path,
        size,
        startedAtMs: 1,
      };
      const row = { ...left, partPath: `${path}.part` };
      library.addDownload(account, row, { fileId, pieceLength, encoded });
      await desk.resumeUnfinished(account);
      await downloads.stopWhere(() => true, reason);
      await background.settled();
      t.match(events, told);
      t.equal(events.length, told.length);
      const state = reason.code === 'TERMINATED' ? 'running' : 'failed';
      t.match(library.listDownloads(account), [{ id: 'left', state }]);
    });
  }
});

t.test('a name that an earlier run gave its file is no obstacle, any other is', async (t) => {
  const { start, wait, rows, library, path, connections } = await scene(t);
  await writeFile(path, content);
  await t.rejects(start(), { code: 'DESTINATION_EXISTS' }, 'nobody knows what that is');
  const left = { id: 'left', ...group, name: 'film', fileId, path, size, startedAtMs: 1 };
  const partPath = `${path}.part`;
  library.addDownload(account, { ...left, partPath }, { fileId, pieceLength, encoded });
  await writeFile(partPath, content);
  await t.rejects(start(), { code: 'DESTINATION_EXISTS' }, 'the run had not finished its own');
  await rm(partPath);
  t.equal(await start(), 'left');
  t.match(await wait('left'), { path, fetched: 0 });
  t.match(rows(), [{ id: 'left', state: 'complete' }]);
  t.same(connections.sessions, []);
});

t.test('the list tells of downloads of earlier engines too', async (t) => {
  const { desk, library, path } = await scene(t);
  for (const [at, id] of ['running', 'complete', 'failed', 'cancelled'].entries()) {
    const row = { id, ...group, name: id, fileId, path, size, startedAtMs: at };
    library.addDownload(account, { ...row, partPath: 'part' }, { fileId, pieceLength, encoded });
  }
  const stamp = { size, mtimeNs: 1n, inode: 1n };
  const bits = Uint8Array.of(0x80);
  for (const id of ['running', 'failed']) library.saveKept(id, { bits, bytes: 7, stamp });
  library.finishDownload('complete', stamp, 1);
  library.failDownload('failed', { code: 'TIMEOUT', message: 'silence' }, 2);
  library.failDownload('cancelled', { code: 'CANCELLED', message: 'enough' }, 3);
  t.match(await desk.list(account), [
    { id: 'running', state: 'interrupted', verified: 7, kept: 7 },
    { id: 'complete', state: 'complete', verified: size, kept: size },
    { id: 'failed', state: 'failed', kept: 7, error: { code: 'TIMEOUT' } },
    { id: 'cancelled', state: 'cancelled' },
  ]);
});
