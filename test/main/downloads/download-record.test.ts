/** What a download leaves behind in a real library, and the share that it becomes. */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FIRST_TURN } from '../../../src/main/home/download-turn.js';
import { TrackerError } from '../../../src/net/errors.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { DownloadRecord } from '../../../src/main/downloads/download-record.js';
import {
  downloadKindOf,
  type DownloadRequest,
} from '../../../src/main/downloads/download-request.js';
import type { Shares } from '../../../src/main/sharing/shares.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { FakeAccountLink } from '../../fixtures/fake-account-link.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';
import { bitsOf } from '../swarm/fake-swarm.js';

type Published = Parameters<Shares['publish']>;
type Retired = Parameters<Shares['retire']>;

/** As the part file's own descriptor tells it. */
async function stampOfPath(path: string) {
  return stampOf(await stat(path, { bigint: true }));
}

/** The record under test, and a download of `film` that has a row; its file is in place. */
async function scene(t: Test, pieceCount = 3) {
  const { fileId, content, encoded, description } = describedBytes(pieceCount);
  const { size, pieceLength } = description.layout;
  const { library, folder } = await temporaryLibrary(t);
  const events: ClientEvent[] = [];
  const emit = (event: ClientEvent): void => void events.push(event);
  const background = new BackgroundWork(emit);
  const published: Published[] = [];
  const shares = {
    hasUnchanged: async () => false,
    isOlder: (_share: unknown): boolean => false,
    retire: async (..._retired: Retired): Promise<void> => undefined,
    publish: async (...share: Published) => {
      published.push(share);
      return 'created' as const;
    },
  };
  const link = new FakeAccountLink();
  const open = async () => library;
  const record = new DownloadRecord({
    ...{ library: open, link, shares, background, emit },
    guestCopies: { isOne: () => false, serve: async () => undefined },
  });
  const path = join(folder, 'film');
  await writeFile(path, content);
  const common = { id: 'id', groupId: 'group', fileId, path, partPath: `${path}.part` };
  const row = { ...common, incarnation: INCARNATION, name: 'film', size, startedAtMs: 1 };
  library.addDownload(account, row, { fileId, pieceLength, encoded });
  const kind = downloadKindOf(description.layout);
  const place = { overwrite: false, timeoutMs: 0, turn: FIRST_TURN };
  const rest = { ...place, firstPeers: [], isAgain: false, left: undefined };
  const request: DownloadRequest = { ...common, fileName: 'film', description, kind, ...rest };
  const share = () => library.share(account, 'group', 'film');
  const rows = () => library.listDownloads(account);
  const around = { library, folder, background, shares, published, events };
  return { ...around, record, request, share, rows, encoded, pieceLength };
}

/** A record of these pieces. */
async function keptOf({ path }: DownloadRequest, pieces: readonly number[]) {
  return { bits: bitsOf(3, pieces).bytes, bytes: 7, stamp: await stampOfPath(path) };
}

t.test('pieces that are kept are noted for a later run, until they are doubted', async (t) => {
  const { record, request, library, events } = await scene(t);
  for (const isTold of [false, true]) {
    await record.saveKept(request, await keptOf(request, [0, 2]));
    t.same([...library.leftOf('id').kept!.bits], [...bitsOf(3, [0, 2]).bytes]);
    await record.dropKept(request, isTold);
    t.equal(library.leftOf('id').kept, undefined);
    const { groupId, fileName, path } = request;
    t.same(events, isTold ? [{ type: 'part-changed', groupId, fileName, path }] : []);
  }
});

t.test(
  'a complete file is noted and shared, whether it grew in sight of the tracker',
  async (t) => {
    for (const [pieceCount, isGrown] of [
      [1, false],
      [3, true],
    ] as const) {
      await t.test(`${pieceCount} pieces`, async (t) => {
        const { record, request, share, rows, published, encoded } = await scene(t, pieceCount);
        await record.complete(request, await stampOfPath(request.path));
        t.match(rows(), [{ id: 'id', state: 'complete' }]);
        const { size, mtimeNs, inode } = await stampOfPath(request.path);
        t.match(share(), { path: request.path, stamp: { size, mtimeNs, inode } });
        t.match(published, [[{ name: 'film', path: request.path }, {}, isGrown]]);
        t.ok(encoded.equals(published[0]?.[1] ?? Buffer.alloc(0)));
      });
    }
  },
);

t.test('a second copy does not take the place of the first, while that is there', async (t) => {
  for (const isThere of [true, false]) {
    await t.test(isThere ? 'it is there' : 'it is gone', async (t) => {
      const { record, request, library, share, shares, published, encoded, pieceLength } =
        await scene(t);
      const { fileId } = request;
      const stamp = await stampOfPath(request.path);
      const first = {
        groupId: 'group',
        incarnation: INCARNATION,
        name: 'film',
        fileId,
        path: '/first',
        stamp,
        sharedAtMs: 1,
      };
      library.addShare(account, first, { fileId, pieceLength, encoded });
      shares.hasUnchanged = async () => isThere;
      await record.complete(request, await stampOfPath(request.path));
      const path = isThere ? '/first' : request.path;
      t.match(share(), { path });
      t.match(published, [[{ path }, {}, true]]);
    });
  }
});

t.test('of two versions the tracker says which is shared from then on', async (t) => {
  const replaced = new TrackerError('REPLACED', 'there is a newer version');
  for (const [title, isKnownOlder, refusal, isBack] of [
    ['the one before is the older', false, undefined, false],
    ['the one before is the newer', false, replaced, true],
    ['both are older', true, replaced, false],
    ['the one before is another file', false, new TrackerError('NAME_TAKEN', 'another'), true],
    ['nobody can say', false, new TrackerError('CONNECTION_LOST', 'gone'), false],
  ] as const) {
    await t.test(title, async (t) => {
      const { record, request, library, share, shares, rows, pieceLength, events } = await scene(t);
      const other = describedBytes(2);
      const { fileId } = other;
      const stamp = await stampOfPath(request.path);
      const at = { path: '/other', stamp, sharedAtMs: Date.now() + 60_000 };
      const before = { groupId: 'group', incarnation: INCARNATION, name: 'film', fileId, ...at };
      library.addShare(account, before, { fileId, pieceLength, encoded: other.encoded });
      shares.hasUnchanged = async () => true;
      shares.isOlder = () => isKnownOlder;
      const retired: string[] = [];
      shares.retire = async (_account, { fileId }) => void retired.push(fileId);
      if (refusal) shares.publish = () => Promise.reject(refusal);
      await record.complete(request, stamp);
      t.match(rows(), [{ state: 'complete' }]);
      const kept = isBack ? { path: '/other', fileId } : request;
      t.match(share(), { path: kept.path, fileId: kept.fileId });
      t.equal(library.description(fileId) !== undefined, isBack);
      t.same(retired, isBack ? [request.fileId] : refusal ? [] : [fileId]);
      const told = refusal === replaced ? 'share-replaced' : 'share-delayed';
      t.match(events, refusal ? [{ type: told }] : []);
    });
  }
});

t.test('a share that ended while the tracker was asked does not come back', async (t) => {
  const { record, request, library, share, shares, pieceLength } = await scene(t);
  const { fileId, encoded } = describedBytes(2);
  const stamp = await stampOfPath(request.path);
  const at = { path: '/other', stamp, sharedAtMs: 1 };
  const before = { groupId: 'group', incarnation: INCARNATION, name: 'film', fileId, ...at };
  library.addShare(account, before, { fileId, pieceLength, encoded });
  shares.hasUnchanged = async () => true;
  shares.publish = async () => {
    library.removeShare(account, 'group', 'film');
    throw new TrackerError('REPLACED', 'there is a newer version');
  };
  await record.complete(request, stamp);
  t.equal(share(), undefined);
});

t.test('a tracker that does not take the share is an event and no failure', async (t) => {
  const { record, request, shares, share, rows, events } = await scene(t);
  shares.publish = () => Promise.reject(new TrackerError('CONNECTION_LOST', 'gone'));
  await record.complete(request, await stampOfPath(request.path));
  t.match(rows(), [{ state: 'complete' }]);
  t.match(share(), { path: request.path });
  const error = { code: 'CONNECTION_LOST', message: 'gone' };
  t.same(events, [{ type: 'share-delayed', groupId: 'group', fileName: 'film', error }]);
});

t.test('one that failed stays in the list, with its pieces', async (t) => {
  const { record, request, rows, library, background } = await scene(t);
  await record.saveKept(request, await keptOf(request, [1]));
  record.fail(request, { code: 'TIMEOUT', message: 'silence' });
  await background.settled();
  t.match(rows(), [{ state: 'failed', error: { code: 'TIMEOUT', message: 'silence' } }]);
  t.ok(library.leftOf('id').kept);
});

t.test('when the engine closes nothing more is noted', async (t) => {
  const { record, request, rows, background } = await scene(t);
  background.close();
  record.fail(request, { code: 'TIMEOUT', message: 'silence' });
  await background.settled();
  t.match(rows(), [{ state: 'running' }]);
});
