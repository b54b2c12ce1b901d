/** Shares of a real library over a fake tracker: restored, offered, stopped, broken. */
import { fdOf } from '../../fixtures/fd-of.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import { untoldFiles } from '../../fixtures/untold-files.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { fstatSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  describeFolder,
  encodeDescription,
  fileIdOf,
  SHA1_BYTES,
} from '../../../src/net/description.js';
import { StorageError, TrackerError } from '../../../src/net/errors.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import {
  MAX_ANNOUNCED_PER_CALL,
  MAX_FILES_PER_CALL,
  RESTORE_CALLS_AT_A_TIME,
} from '../../../src/net/limits.js';
import type { Announcement, PeerAddress } from '../../../src/net/tracker-api.js';
import { Shares } from '../../../src/main/sharing/shares.js';
import { Uploads } from '../../../src/main/sharing/uploads.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { lookAtFolder } from '../../../src/main/disk/folder-stamps.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { Memberships } from '../../../src/main/account/memberships.js';
import { at, INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';
import { makeTree, tableOf } from '../../fixtures/folder-tree.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { content, description, encoded, fileId } = describedBytes(1);
const { pieceLength } = description.layout;

const album = { a: content, b: content };
const table = tableOf(album);
const { pieces: layoutOfAlbum } = folderLayout(table, pieceLength)!;
const encodedAlbum = encodeDescription(
  describeFolder(table, layoutOfAlbum, Buffer.alloc(layoutOfAlbum.pieceCount * SHA1_BYTES)),
);
const albumId = fileIdOf(encodedAlbum);

/** The shares under test; `add` puts a file on disk and into the library. */
async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const calls = new FakeTrackerCalls({
    shareFile: () => ({ outcome: 'created' }),
    shareFiles: ({ files }) => ({ outcomes: files.map(() => ({ outcome: 'already-shared' })) }),
    announce: () => ({ refused: [] }),
    stopShare: () => ({ fileId }),
    stopShares: ({ names }) => ({ outcomes: names.map(() => ({ fileId })) }),
  });
  const clocks = { trackerMs: () => 0, steadyMs: () => 0 };
  const uploads = new Uploads({ onOfferBroken: () => {} }, clocks, untoldFiles());
  t.teardown(() => uploads.close());
  const serving: { address: PeerAddress | undefined } = { address: { host: 'h', port: 1 } };
  /** What was asked of the batches, a line each; a refusal of `share` when the test says so. */
  const asked: string[] = [];
  const refusal: { error?: TrackerError } = {};
  const batches = {
    share: async ({ name, replace }: { name: string; replace: boolean }, isOffered: boolean) => {
      const how = `${replace ? ' and replace' : ''}${isOffered ? ' and announce' : ''}`;
      asked.push(`share ${name}${how}`);
      if (refusal.error) throw refusal.error;
      return { outcome: 'created' as const };
    },
    announce: async ({ state }: Announcement) => void asked.push(`announce ${state}`),
  };
  const memberships = new Memberships();
  for (const groupId of ['group', 'other']) memberships.learn({ groupId, ...at(1) });
  const background = new BackgroundWork(() => undefined);
  const hashing = { checkPieces: async (_: unknown, __: unknown, pieces: Bitfield) => pieces };
  const open = async () => library;
  const events: ClientEvent[] = [];
  const shares = new Shares({
    library: open,
    ...{ uploads, serving, batches, memberships, hashing, background },
    pace: { rest: async () => undefined },
    emit: (event) => void events.push(event),
    later: () => () => undefined,
  });
  const add = async (name: string, groupId = 'group', incarnation = INCARNATION) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const stamp = stampOf(await stat(path, { bigint: true }));
    const share = { groupId, incarnation, name, fileId, path, stamp, sharedAtMs: 1 };
    library.addShare(account, share, { fileId, pieceLength, encoded });
    return { ...share, pieceLength };
  };
  const announced = () => calls.paramsOf('announce').flatMap(({ files }) => files);
  return {
    ...{ library, folder, calls, uploads, serving, memberships, asked, refusal, events },
    shares,
    add,
    announced,
  };
}

t.test(
  'what becomes shared is served, told to the tracker and announced, as it fits',
  async (t) => {
    type Case = [name: string, isServing: boolean, isGrown: boolean, hasGrown: boolean];
    const cases: [...Case, asked: string[], isOffered: boolean][] = [
      ['a file on disk', true, false, false, ['share film and announce'], true],
      ['one that grew', true, true, true, ['share film', 'announce complete'], true],
      ['nobody can reach us', false, false, false, ['share film'], false],
      ['it grew, and nobody can reach us yet', false, true, true, ['share film'], true],
    ];
    for (const [name, isServing, isGrown, hasGrown, asked, isOffered] of cases) {
      await t.test(name, async (t) => {
        const set = await scene(t);
        const share = await set.add('film');
        if (!isServing) set.serving.address = undefined;
        if (hasGrown) set.uploads.offer(new FakeOffer('group', fileId));
        t.equal(await set.shares.publish(share, encoded, isGrown), 'created');
        t.same(set.asked, asked);
        t.equal(set.uploads.hasOffer('group', fileId), isOffered);
        const file = await set.uploads.offerOf('group', fileId)?.open();
        t.equal(file && fstatSync(fdOf(file.content)).size, isOffered ? content.length : undefined);
        await file?.release();
      });
    }
  },
);

t.test('a share that the tracker refuses is no share, and is not served', async (t) => {
  const cases: [code: TrackerError['code'], message: RegExp][] = [
    ['NAME_TAKEN', /--replace shares yours .* --as NAME$/],
    ['NOT_A_MEMBER', /^refused$/],
    ['CONNECTION_LOST', /^refused$/],
  ];
  for (const [code, message] of cases) {
    await t.test(code, async (t) => {
      const { shares, folder, refusal, uploads, library } = await scene(t);
      const path = join(folder, 'film');
      await writeFile(path, content);
      const hashed = { groupId: 'group', name: 'film', fileId, path, pieceLength, encoded };
      const stamp = stampOf(await stat(path, { bigint: true }));
      refusal.error = new TrackerError(code, 'refused');
      await t.rejects(shares.add(account, { ...hashed, stamp }, false), { code, message });
      t.same(library.sharesOf(account), []);
      t.notOk(uploads.hasOffer('group', fileId));
      delete refusal.error;
      t.equal(await shares.add(account, { ...hashed, stamp }, false), 'created');
      const { size, mtimeNs, inode } = stamp;
      const kept = { name: 'film', path, stamp: { size, mtimeNs, inode } };
      t.match(library.sharesOf(account), [kept]);
      t.ok(uploads.hasOffer('group', fileId));
    });
  }
});

t.test('a newer version takes the place of one; from another path that is served on', async (t) => {
  const newer = describedBytes(2);
  for (const [where, isServedOn] of [
    ['film', false],
    ['elsewhere', true],
  ] as const) {
    await t.test(where, async (t) => {
      const { shares, add, folder, uploads, library, asked, calls } = await scene(t);
      const before = await add('film');
      await shares.restore(calls, account);
      const path = join(folder, where);
      await writeFile(path, newer.content);
      const stamp = stampOf(await stat(path, { bigint: true }));
      const file = { groupId: 'group', name: 'film', fileId: newer.fileId, path, stamp };
      await shares.add(account, { ...file, pieceLength, encoded: newer.encoded }, true);
      t.match(library.sharesOf(account), [{ fileId: newer.fileId, path }]);
      t.equal(uploads.hasOffer('group', before.fileId), isServedOn);
      t.ok(uploads.hasOffer('group', newer.fileId));
      const told = ['share film and replace and announce'];
      t.same(asked, isServedOn ? told : [...told, 'announce gone']);
    });
  }
});

t.test('what has a newer version is told, kept, and served to who downloads it', async (t) => {
  const { shares, add, calls, uploads, announced, library } = await scene(t);
  const { fileId } = await add('film');
  const message = 'film has a newer version, shared by ann; download it to take it';
  calls.answers.shareFiles = () => ({ outcomes: [{ code: 'REPLACED', message }] });
  const { restored, skipped } = await shares.restore(calls, account);
  t.same([restored, skipped], [0, [{ groupId: 'group', name: 'film', reason: message }]]);
  t.ok(uploads.hasOffer('group', fileId));
  t.same(announced(), [{ groupId: 'group', fileId, state: 'complete' }]);
  t.match(library.sharesOf(account), [{ name: 'film' }]);
  const replaced = { groupId: 'group', name: 'film', fileId, sharer: 'ann' };
  calls.answers.announce = () => ({ refused: [], replaced: [replaced] });
  t.same(await shares.announceAll(calls), [replaced]);
  t.equal(await shares.learnReplaced(account, replaced), false, 'told by the login already');
  t.match(await shares.list(account, 'group'), [{ state: 'older', reason: message }]);
});

t.test('what is replaced while it is served is told once', async (t) => {
  const { shares, add } = await scene(t);
  const { fileId } = await add('film');
  const replaced = { groupId: 'group', name: 'film', fileId, sharer: 'ann' };
  t.equal(await shares.learnReplaced(account, { ...replaced, fileId: 'another' }), false);
  t.equal(await shares.learnReplaced(account, { ...replaced, name: 'song' }), false);
  t.equal(await shares.learnReplaced(account, replaced), true);
  t.equal(await shares.learnReplaced(account, replaced), false, 'told once');
});

t.test('the list says what has become of each share', async (t) => {
  const { shares, add, calls, folder } = await scene(t);
  const standing = async (groupId?: string) =>
    (await shares.list(account, groupId)).map(({ fileName, state }) => [fileName, state]);
  const [film, song] = [await add('film'), await add('song')];
  await add('note', 'other');
  t.same(
    await standing(),
    ['film', 'song', 'note'].map((name) => [name, 'idle']),
    'nobody has put them online',
  );
  calls.answers.shareFiles = ({ files }) => ({
    outcomes: files.map(({ name }) =>
      name === 'note' ? { code: 'NAME_TAKEN', message: 'taken' } : { outcome: 'already-shared' },
    ),
  });
  await rm(song.path);
  await shares.restore(calls, account);
  t.same(await standing(), [
    ['film', 'served'],
    ['song', 'missing'],
    ['note', 'refused'],
  ]);
  t.same(await standing('other'), [['note', 'refused']]);
  t.same(await standing('elsewhere'), []);
  await writeFile(song.path, content);
  t.same((await standing('group'))[1], ['song', 'checking'], 'it is back, and is looked at');
  await writeFile(join(folder, 'film'), 'other bytes');
  t.match(await standing('group'), [['film', 'changed']], 'nobody has asked for it since');
  await shares.stop(calls, account, 'other', 'note');
  t.same(await standing('other'), []);
  await writeFile(film.path, content);
  shares.end();
  t.match(await standing('group'), [['film', 'checking']]);
});

t.test('a finished download of an older version is announced all the same', async (t) => {
  const { shares, add, asked, refusal } = await scene(t);
  const share = await add('film');
  refusal.error = new TrackerError('REPLACED', 'there is a newer one');
  await t.rejects(shares.publish(share, encoded, true), { code: 'REPLACED' });
  t.same(asked, ['share film', 'announce complete']);
});

t.test('a login puts all shares online, in one call for each group', async (t) => {
  const { shares, add, calls, uploads, announced } = await scene(t);
  uploads.offer(Object.assign(new FakeOffer('other', 'growing'), { pieces: new Bitfield(1) }));
  await add('film');
  await add('song', 'other');
  t.same(await shares.restore(calls, account), { restored: 2, skipped: [] });
  const told = calls.paramsOf('shareFiles').sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
  t.same(told, [
    { groupId: 'group', files: [{ name: 'film', fileId }], announce: true },
    { groupId: 'other', files: [{ name: 'song', fileId }], announce: true },
  ]);
  t.ok(uploads.hasOffer('group', fileId) && uploads.hasOffer('other', fileId));
  t.same(announced(), [{ groupId: 'other', fileId: 'growing', state: 'partial' }]);
});

t.test('a tracker that does not know a content is told what it is', async (t) => {
  const { shares, add, calls, announced } = await scene(t);
  await add('film');
  await add('song');
  const refused = { code: 'NEED_DESCRIPTION', message: 'new' } as const;
  const known = { outcome: 'source-added' } as const;
  calls.answers.shareFiles = ({ files }) => ({
    outcomes: files.map(({ name }) => (name === 'song' ? refused : known)),
  });
  t.same(await shares.restore(calls, account), { restored: 2, skipped: [] });
  const description = encoded.toString('base64');
  t.same(calls.paramsOf('shareFile'), [{ groupId: 'group', name: 'song', fileId, description }]);
  t.same(announced(), [{ groupId: 'group', fileId, state: 'complete' }]);
});

t.test(
  'what is taken back while it is being restored is not brought back, and ends nothing',
  async (t) => {
    const outcomes = [
      { code: 'NEED_DESCRIPTION', message: 'new' },
      { code: 'REPLACED', message: 'older' },
      { outcome: 'already-shared' },
    ] as const;
    for (const outcome of outcomes) {
      const { shares, add, calls, library } = await scene(t);
      // Of before groups had an incarnation: its row is written anew once it is told.
      await add('film', 'group', '');
      calls.answers.shareFiles = () => {
        library.removeShare(account, 'group', 'film');
        return { outcomes: [outcome] };
      };
      t.same(await shares.restore(calls, account), { restored: 0, skipped: [] });
      t.same(library.sharesOf(account), []);
      t.same(calls.paramsOf('shareFile'), []);
    }
  },
);

t.test('many shares are told in several calls, a few at a time', async (t) => {
  const { shares, add, calls, library } = await scene(t);
  const share = await add('film 0');
  const rows = MAX_FILES_PER_CALL * (RESTORE_CALLS_AT_A_TIME + 1);
  const content = { fileId, pieceLength, encoded };
  for (let row = 1; row < rows; row++)
    library.addShare(account, { ...share, name: `film ${row}` }, content);
  const { shareFiles } = calls.answers;
  let running = 0;
  let most = 0;
  calls.answers.shareFiles = async (params) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return shareFiles!(params);
  };
  t.same(await shares.restore(calls, account), { restored: rows, skipped: [] });
  const told = calls.paramsOf('shareFiles').flatMap(({ files }) => files.map(({ name }) => name));
  t.equal(new Set(told).size, rows);
  t.ok(most <= RESTORE_CALLS_AT_A_TIME);
});

t.test('what cannot be put online is told, and stays shared', async (t) => {
  const { shares, add, calls, uploads, library } = await scene(t);
  const { path } = await add('film');
  await add('song', 'other');
  await writeFile(path, 'something else');
  const { restored, skipped } = await shares.restore(calls, account);
  t.equal(restored, 1);
  t.match(skipped, [{ groupId: 'group', name: 'film', reason: path }]);
  t.notOk(uploads.hasOffer('group', fileId));
  t.equal(library.sharesOf(account).length, 2);
});

t.test(
  'what was shared with a group that has ended is not shared with its successor',
  async (t) => {
    const cases: [name: string, then: string, now: string | undefined, isShared: boolean][] = [
      ['the same group', INCARNATION, INCARNATION, true],
      ['another one has its name', OTHER_INCARNATION, INCARNATION, false],
      ['the user is in none of that name', INCARNATION, undefined, false],
      ['noted before groups had an incarnation', '', INCARNATION, true],
      ['likewise, and in none of that name', '', undefined, false],
    ];
    for (const [name, then, now, isShared] of cases) {
      await t.test(name, async (t) => {
        const { shares, add, calls, uploads, library, memberships } = await scene(t);
        const share = await add('film', 'group', then);
        memberships.clear();
        if (now !== undefined) memberships.learn({ groupId: 'group', incarnation: now });
        const { restored, skipped } = await shares.restore(calls, account);
        t.equal(restored, isShared ? 1 : 0);
        t.match(skipped, isShared ? [] : [{ groupId: 'group', name: 'film', reason: /group/ }]);
        const told = calls.paramsOf('shareFiles').length;
        t.equal(told, restored, 'the tracker does not hear of it');
        t.equal(uploads.hasOffer('group', fileId), isShared);
        t.match(library.sharesOf(account), isShared ? [{ incarnation: now }] : []);
        if (!isShared)
          await t.rejects(shares.publish(share, encoded, true), { code: 'NOT_A_MEMBER' });
        t.equal(uploads.hasOffer('group', fileId), isShared, 'nor when a download of it ends');
      });
    }
  },
);

t.test('refusals of the tracker: the group is over, this share alone, or all of it', async (t) => {
  type Result = 'kept' | 'removed' | 'thrown';
  const cases: [code: TrackerError['code'], result: Result, isOfOne?: boolean][] = [
    ['NAME_TAKEN', 'kept', true],
    ['NOT_A_MEMBER', 'removed'],
    ['CONNECTION_LOST', 'thrown'],
    ['NOT_LOGGED_IN', 'thrown'],
  ];
  for (const [code, result, isOfOne = false] of cases) {
    await t.test(code, async (t) => {
      const { shares, add, calls, library, uploads } = await scene(t);
      await add('film');
      const refusal = new TrackerError(code, 'refused');
      calls.answers.shareFiles = () =>
        isOfOne ? { outcomes: [{ code, message: 'refused' }] } : Promise.reject(refusal);
      const restoring = shares.restore(calls, account);
      if (result === 'thrown') await t.rejects(restoring, { code });
      else
        t.match(await restoring, { restored: 0, skipped: [{ name: 'film', reason: 'refused' }] });
      t.equal(library.sharesOf(account).length, result === 'removed' ? 0 : 1);
      if (result !== 'thrown') t.notOk(uploads.hasOffer('group', fileId));
    });
  }
});

t.test('many offers are announced in several calls', async (t) => {
  const { shares, calls, uploads } = await scene(t);
  for (let one = 0; one <= MAX_ANNOUNCED_PER_CALL; one++) {
    uploads.offer(new FakeOffer(`group ${one}`, fileId));
  }
  await shares.announceAll(calls);
  const lengths = calls.paramsOf('announce').map(({ files }) => files.length);
  t.same(lengths, [MAX_ANNOUNCED_PER_CALL, 1]);
});

t.test('an offered file is opened only as it was when it was shared', async (t) => {
  const { shares, add, uploads } = await scene(t);
  const share = await add('film');
  await shares.publish(share, encoded, false);
  const [offer] = uploads.offers();
  t.match(offer, { fileId, groupId: 'group', layout: description.layout });
  const file = await offer!.open();
  t.equal(fstatSync(fdOf(file.content)).size, content.length);
  await file.release();
  t.ok(await shares.hasUnchanged(account, fileId, share.path));
  await writeFile(share.path, 'something else');
  await t.rejects(offer!.open(), { code: 'FILE_CHANGED' });
  t.notOk(await shares.hasUnchanged(account, fileId, share.path));
  t.notOk(await shares.hasUnchanged(account, fileId, `${share.path}.mkv`), 'not shared');
});

t.test('what is shared no more is served no more, unless under another name', async (t) => {
  const { shares, add, calls, uploads } = await scene(t);
  await shares.publish(await add('film'), encoded, false);
  await add('copy');
  await shares.stop(calls, account, 'group', 'film');
  t.ok(uploads.hasOffer('group', fileId), 'the copy is left');
  await shares.stop(calls, account, 'group', 'copy');
  t.notOk(uploads.hasOffer('group', fileId));
  t.match(calls.paramsOf('stopShare'), [{ name: 'film' }, { name: 'copy' }]);
});

t.test('several are shared no more in one go, and each is told by itself', async (t) => {
  const { shares, add, calls, uploads, library } = await scene(t);
  await shares.publish(await add('film'), encoded, false);
  await add('copy');
  const refused = { code: 'NOT_SHARED', message: 'not shared' } as const;
  calls.answers.stopShares = ({ names }) => ({
    // One of ours is not known there either.
    outcomes: names.map((name) => (name === 'film' ? { fileId } : refused)),
  });
  const left = await shares.stopSeveral(calls, account, 'group', ['film', 'copy', 'nothing']);
  t.same(left, [{ fileName: 'nothing', ...refused }]);
  t.notOk(uploads.hasOffer('group', fileId));
  t.same(library.sharesOf(account), []);
  t.match(calls.paramsOf('stopShares'), [{ names: ['film', 'copy', 'nothing'] }]);
});

t.test('thousands take a few calls', async (t) => {
  const { shares, calls } = await scene(t);
  const names = Array.from({ length: 1000 }, (_, index) => `file ${index}`);
  t.same(await shares.stopSeveral(calls, account, 'group', names), []);
  const asked = calls.paramsOf('stopShares').map((params) => params.names);
  t.same(asked.flat(), names);
  t.ok(asked.length <= 8 && asked.every(({ length }) => length <= MAX_FILES_PER_CALL));
});

t.test('a call that fails leaves what it was about, and what is behind, on the list', async (t) => {
  const { shares, add, calls, uploads, library, asked } = await scene(t);
  const fillers = Array.from({ length: 2 * MAX_FILES_PER_CALL }, (_, index) => `file ${index}`);
  const names = ['film', ...fillers, 'copy'];
  for (const name of ['film', 'file 200', 'copy'])
    await shares.publish(await add(name), encoded, false);
  asked.length = 0;
  calls.answers.stopShares = ({ names }) => {
    if (names[0] === 'film') return { outcomes: names.map(() => ({ fileId })) };
    return Promise.reject(new TrackerError('CONNECTION_LOST', 'gone'));
  };
  const left = await shares.stopSeveral(calls, account, 'group', names);
  t.same(
    left.map(({ fileName }) => fileName),
    names.slice(MAX_FILES_PER_CALL),
  );
  t.ok(left.every(({ code, message }) => code === 'CONNECTION_LOST' && message === 'gone'));
  t.equal(calls.paramsOf('stopShares').length, 2, 'what is behind is not tried');
  const listed = () => library.sharesOf(account).map(({ name }) => name);
  t.same(listed(), ['copy', 'file 200']);
  const first = shares.stopSeveral(calls, account, 'group', ['file 200', 'copy']);
  await t.rejects(first, { code: 'CONNECTION_LOST' }, 'none has ended');
  t.same(listed(), ['copy', 'file 200']);
  t.notOk(uploads.hasOffer('group', fileId), 'nothing of it is served, whatever the tracker says');
  calls.answers.stopShares = ({ names }) => ({ outcomes: names.map(() => ({ fileId })) });
  t.same(await shares.stopSeveral(calls, account, 'group', ['file 200', 'copy']), []);
  t.same(listed(), []);
});

t.test('what is shared anew, or put online again, while it is ended', async (t) => {
  const { shares, add, calls, uploads, library } = await scene(t);
  const film = await add('film');
  await shares.publish(film, encoded, false);
  calls.answers.stopShare = async () => {
    // As a new connection does it.
    await shares.publish(film, encoded, false);
    return { fileId };
  };
  await shares.stop(calls, account, 'group', 'film');
  t.notOk(uploads.hasOffer('group', fileId), 'it is served no more');
  await add('film');
  calls.answers.stopShare = () => {
    library.addShare(account, { ...film, sharedAtMs: 2 }, { fileId, pieceLength, encoded });
    return { fileId };
  };
  await shares.stop(calls, account, 'group', 'film');
  t.match(library.sharesOf(account), [{ name: 'film', sharedAtMs: 2 }], 'it is another share');
});

t.test('a tracker of before is asked for each', async (t) => {
  const { shares, add, calls } = await scene(t);
  await add('film');
  calls.answers.stopShares = () => Promise.reject(new TrackerError('BAD_REQUEST', 'no method'));
  calls.answers.stopShare = ({ name }) => {
    if (name === 'film') return { fileId };
    return Promise.reject(new TrackerError('NOT_SHARED', 'not shared'));
  };
  const left = await shares.stopSeveral(calls, account, 'group', ['film', 'nothing']);
  t.match(left, [{ fileName: 'nothing', code: 'NOT_SHARED' }]);
  calls.answers.stopShare = () => Promise.reject(new TrackerError('CONNECTION_LOST', 'gone'));
  const lost = shares.stopSeveral(calls, account, 'group', ['film', 'nothing']);
  await t.rejects(lost, { code: 'CONNECTION_LOST' });
});

t.test('to stop a share that either side does not know', async (t) => {
  const { shares, add, calls, uploads } = await scene(t);
  calls.answers.stopShare = () => Promise.reject(new TrackerError('NOT_SHARED', 'not shared'));
  await t.rejects(shares.stop(calls, account, 'group', 'film'), { code: 'NOT_SHARED' });
  await shares.publish(await add('film'), encoded, false);
  await shares.stop(calls, account, 'group', 'film');
  await shares.publish(await add('film'), encoded, false);
  calls.answers.stopShare = () => Promise.reject(new TrackerError('CONNECTION_LOST', 'gone'));
  await t.rejects(shares.stop(calls, account, 'group', 'film'), { code: 'CONNECTION_LOST' });
  t.notOk(uploads.hasOffer('group', fileId), 'nothing is served, whatever the tracker says');
});

t.test(
  'a broken file is replaced by another of the same content and group, or is gone',
  async (t) => {
    const { shares, add, uploads, asked } = await scene(t);
    const film = await add('film');
    const copy = await add('copy');
    await add('elsewhere', 'other');
    await shares.publish(film, encoded, false);
    asked.length = 0;
    const [offer] = uploads.offers();
    await writeFile(film.path, 'something else');
    await shares.onBroken(account, offer!, { code: 'FILE_CHANGED', message: 'changed' });
    const [next] = uploads.offers();
    await (await next!.open()).release();
    t.same(asked, [], 'this client is a source as before');
    await writeFile(copy.path, 'something else');
    await shares.onBroken(account, next!, { code: 'FILE_CHANGED', message: 'changed' });
    t.same(asked, ['announce gone']);
  },
);

t.test('that a file is broken is told although the look behind it fails', async (t) => {
  const { shares, add, uploads, library, events } = await scene(t);
  const film = await add('film');
  await shares.publish(film, encoded, false);
  const [offer] = uploads.offers();
  uploads.withdraw('group', fileId, 'NO_SUCH_FILE');
  library.sharesByFileId = () => {
    throw new StorageError('SYSTEM_LIMIT', 'no room');
  };
  const error = { code: 'FILE_CHANGED', message: 'changed' } as const;
  await t.rejects(shares.onBroken(account, offer!, error), { code: 'SYSTEM_LIMIT' });
  t.same(events, [{ type: 'share-broken', groupId: 'group', fileId, error }]);
});

/** A folder of the scene, on disk and in the library. */
async function addAlbum({ library, folder }: Awaited<ReturnType<typeof scene>>, name: string) {
  const root = join(folder, name);
  await makeTree(root, album);
  const { stamp, stamps } = await lookAtFolder(root, table);
  const share = {
    ...{ groupId: 'group', incarnation: INCARNATION, name, fileId: albumId },
    ...{ path: root, stamp, sharedAtMs: 1, isFolder: true as const },
  };
  library.addShare(account, share, { fileId: albumId, pieceLength, encoded: encodedAlbum });
  return { share: { ...share, pieceLength }, stamps };
}

t.test('a folder that is shared no more while it is looked at or read is no fault', async (t) => {
  for (const names of [['album'], ['album', 'copy']]) {
    await t.test(names.join(' and '), async (t) => {
      const set = await scene(t);
      const { shares, library, uploads, events } = set;
      const { share, stamps } = await addAlbum(set, 'album');
      await shares.publish(share, encodedAlbum, false);
      if (names.length > 1) await addAlbum(set, 'copy');
      const [offer] = uploads.offers();
      uploads.withdraw('group', albumId, 'NO_SUCH_FILE');
      const described = library.description.bind(library);
      // What is asked for its description is looked at next: the only one, or the one behind it.
      library.description = (id) => {
        const found = described(id);
        if (events.length === names.length - 1) {
          for (const name of names) library.removeShare(account, 'group', name);
        }
        return found;
      };
      const error = { code: 'FILE_CHANGED', message: 'changed' } as const;
      await shares.onBroken(account, { ...offer!, stamps: () => stamps }, error);
      library.description = described;
      t.same(library.sharesOf(account), []);
      t.match(events, [{ type: 'share-broken', groupId: 'group' }]);
      const found = { bad: Bitfield.full(layoutOfAlbum.pieceCount), stamps };
      await shares.onChecked(account, share, { state: 'changed', stamp: share.stamp, found });
      t.same([...uploads.offers()], []);
      t.equal(events.length, 1, 'nothing is told of what is not shared');
    });
  }
});

t.test('files of a stick that was plugged in again are served at once', async (t) => {
  const { shares, calls, library, add } = await scene(t);
  const film = await add('film');
  const now = film.stamp;
  library.restamp(account, film, { ...now, inode: now.inode + 1n });
  t.match(await shares.restore(calls, account), { restored: 1, skipped: [] });
  t.equal(library.share(account, 'group', 'film')?.stamp.inode, now.inode, 'known from now on');
});

t.test('what reading a file has told holds for every share of it', async (t) => {
  const { shares, add, library, uploads, asked, events } = await scene(t);
  const film = await add('film');
  library.addShare(
    account,
    { ...film, groupId: 'other', name: 'copy' },
    {
      ...{ fileId, pieceLength, encoded },
    },
  );
  await shares.publish(film, encoded, false);
  await shares.publish({ ...film, groupId: 'other', name: 'copy' }, encoded, false);
  asked.length = 0;
  const bad = new Bitfield(1);
  await shares.onChecked(account, film, { state: 'damaged', stamp: film.stamp, bad });
  t.same([...uploads.offers()], []);
  t.same(asked, ['announce gone', 'announce gone']);
  t.match(events, [
    { type: 'share-broken', groupId: 'group', error: { code: 'FILE_DAMAGED' } },
    { type: 'share-broken', groupId: 'other', error: { code: 'FILE_DAMAGED' } },
  ]);
  const damage = () =>
    library.sharesOf(account).map(({ damagedAtMs }) => damagedAtMs !== undefined);
  t.same(damage(), [true, true]);
  t.notOk(await shares.hasUnchanged(account, fileId, film.path));
  events.length = 0;
  await shares.onChecked(account, film, { state: 'whole', stamp: film.stamp });
  t.same(damage(), [false, false]);
  t.equal([...uploads.offers()].length, 2);
  t.match(events, [
    { type: 'share-served-again', fileName: 'film' },
    { type: 'share-served-again', fileName: 'copy' },
  ]);
});

t.test('a damaged file gives way to another one of the same content', async (t) => {
  const { shares, add, uploads, asked } = await scene(t);
  const film = await add('film');
  const copy = await add('copy');
  await shares.publish(film, encoded, false);
  asked.length = 0;
  const bad = new Bitfield(1);
  await shares.onChecked(account, film, { state: 'damaged', stamp: film.stamp, bad });
  t.match([...uploads.offers()], [{ path: copy.path }]);
  t.same(asked, [], 'this client is a source as before');
});

t.test('nothing is put online for a user who is not there any more', async (t) => {
  const { shares, add, uploads, memberships } = await scene(t);
  const film = await add('film');
  memberships.clear();
  await shares.onChecked(account, film, { state: 'whole', stamp: film.stamp });
  memberships.learnAll({ ...account, userId: 'other' }, [
    { groupId: 'group', incarnation: INCARNATION },
  ]);
  await shares.onChecked(account, film, { state: 'whole', stamp: film.stamp });
  t.same([...uploads.offers()], []);
});
