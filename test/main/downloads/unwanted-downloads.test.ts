/** What becomes of downloads that nobody wants: rows of a real library, part files on a real disk. */
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  cancelDownloads,
  forgetDownloads,
  type UnwantedDownloadsOwners,
} from '../../../src/main/downloads/unwanted-downloads.js';
import { pauseDownloads } from '../../../src/main/downloads/pause-downloads.js';
import type { Download } from '../../../src/main/downloads/download.js';
import type { FileStamp } from '../../../src/main/disk/file-stamp.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { description, encoded, fileId } = describedBytes(2);
const { size, pieceLength } = description.layout;
const stamp: FileStamp = { size, mtimeNs: 1n, inode: 1n };
const failure = { code: 'TIMEOUT', message: 'too long' } as const;

/** `add` notes a download with half a part file; those in `live` run in this engine. */
async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const live = new Set<string>();
  const cancelled: string[] = [];
  /** What a running download comes to when it is cancelled. */
  const world = {
    ends: (id: string) => library.failDownload(id, { ...failure, code: 'CANCELLED' }, 2),
  };
  const unhinted: string[] = [];
  const owners: UnwantedDownloadsOwners = {
    library: async () => library,
    hints: { remove: async (id) => void unhinted.push(id) },
    downloads: {
      get running() {
        return [...live].map((id) => ({ request: { id } }) as Download);
      },
      stopWhere: async (matches) => {
        for (const id of [...live].filter((one) => matches({ id: one } as never))) {
          cancelled.push(id);
          live.delete(id);
          // As a download does: noted behind the back of whoever cancels.
          void library.gather(() => world.ends(id));
        }
      },
    },
  };
  const add = async (id: string, name: string, groupId = 'g'): Promise<void> => {
    const partPath = join(folder, `${id}.part`);
    const row = { id, groupId, incarnation: INCARNATION, name, fileId, path: join(folder, id) };
    const download = { ...row, partPath, size, startedAtMs: 1 };
    library.addDownload(account, download, { fileId, pieceLength, encoded });
    const stamp = { size, mtimeNs: 1n, ctimeNs: 1n, inode: 1n };
    library.saveKept(id, { bits: Uint8Array.of(0x80), bytes: 1, stamp });
    await writeFile(partPath, Buffer.alloc(5000, 1));
  };
  const rows = () => library.listDownloads(account).map(({ id, state }) => `${id} ${state}`);
  const parts = async () => (await readdir(folder)).sort();
  const cancel = (request: object, keepsPart = false) =>
    cancelDownloads(owners, account, { keepsPart, ...request } as never);
  const forget = (request: object) =>
    forgetDownloads(owners, account, { onlyComplete: false, keepsPart: false, ...request });
  const paused: (readonly string[])[] = [];
  const pause = (which: object) =>
    pauseDownloads(
      {
        library: async () => library,
        downloads: {
          get running() {
            return owners.downloads.running;
          },
          pause: async (ids) => {
            paused.push(ids);
            for (const id of ids) {
              live.delete(id);
              void library.gather(() => world.ends(id));
            }
          },
        },
      },
      account,
      which as never,
    );
  return {
    owners,
    pause,
    paused,
    library,
    folder,
    live,
    cancelled,
    unhinted,
    world,
    add,
    rows,
    parts,
    cancel,
    forget,
  };
}

const none = { code: 'NO_SUCH_DOWNLOAD', message: /no such download/ };

t.test('what an engine that is gone has left is paused too, and stays so', async (t) => {
  const { library, add, rows, parts, pause } = await scene(t);
  await add('aaaa1', 'film');
  await add('aaaa2', 'song');
  t.match(await pause({ groupId: 'g' }), [{ id: 'aaaa1', kept: 1 }, { id: 'aaaa2' }]);
  t.match(library.listDownloads(account), [
    { error: { code: 'PAUSED' } },
    { error: { code: 'PAUSED' } },
  ]);
  t.same(
    [rows(), await parts()],
    [
      ['aaaa1 failed', 'aaaa2 failed'],
      ['aaaa1.part', 'aaaa2.part'],
    ],
  );
  t.same([...library.leftOf('aaaa1').kept!.bits], [0x80]);
  await t.rejects(pause({ groupId: 'g' }), { message: /runs or waits in line/ });
  await t.rejects(pause({ groupId: 'other' }), none);
  await t.rejects(pause({ id: 'aaaa' }), { code: 'BAD_ARGUMENT' });
});

t.test('of several, one that cannot be removed keeps none of the others from it', async (t) => {
  const { library, live, cancelled, add, rows, parts, cancel, forget } = await scene(t);
  for (const [id, name] of [
    ['aaaa1', 'film'],
    ['aaaa2', 'song'],
    ['aaaa3', 'note'],
    ['aaaa4', 'other'],
  ] as const)
    await add(id, name);
  live.add('aaaa1');
  // No file system takes such a name, nor tells of one.
  library.movePart('aaaa2', join('/', 'x'.repeat(300)));
  const which = { groupId: 'g', fileNames: ['film', 'song', 'note'] };
  const told = await cancel(which);
  t.match(told, [{ fileName: 'film' }, { fileName: 'song' }, { fileName: 'note' }]);
  t.match(told[1], { freedBytes: 0, error: { code: 'NO_DESTINATION' } });
  t.notOk(told[0]!.error ?? told[2]!.error);
  t.same(cancelled, ['aaaa1']);
  t.same(await parts(), ['aaaa2.part', 'aaaa4.part']);
  t.same(rows(), ['aaaa1 failed', 'aaaa2 failed', 'aaaa3 failed', 'aaaa4 running']);
  const forgotten = await forget(which);
  t.match(forgotten, [{ id: 'aaaa1' }, { id: 'aaaa3' }, { id: 'aaaa2', error: {} }]);
  t.same(rows(), ['aaaa2 failed', 'aaaa4 running'], 'what cannot be removed is not forgotten');
});

t.test('one that ends with every piece while it is paused is complete', async (t) => {
  const { live, paused, world, library, add, rows, pause } = await scene(t);
  await add('aaaa1', 'film');
  live.add('aaaa1');
  world.ends = (id) => library.finishDownload(id, stamp, 2, { keepsShare: false });
  t.same(await pause({ id: 'aaaa1' }), []);
  t.same([rows(), paused], [['aaaa1 complete'], [['aaaa1']]]);
});

t.test('one that begins while it is being paused is paused all the same', async (t) => {
  const { live, paused, world, library, add, rows, pause } = await scene(t);
  await add('aaaa1', 'film');
  await add('aaaa2', 'song');
  live.add('aaaa1');
  const failed = { ...failure, code: 'PAUSED' } as const;
  world.ends = (id) => {
    library.failDownload(id, failed, 2);
    // The other one was just being read.
    if (id === 'aaaa1') live.add('aaaa2');
  };
  t.match(await pause({ groupId: 'g' }), [{ id: 'aaaa1' }, { id: 'aaaa2' }]);
  t.same(rows(), ['aaaa1 failed', 'aaaa2 failed']);
  t.same(paused, [['aaaa1'], ['aaaa2']]);
});

t.test('what runs is stopped first, then its part file goes', async (t) => {
  const { library, live, cancelled, unhinted, add, rows, parts, cancel } = await scene(t);
  await add('aaaa1', 'film');
  await add('bbbb2', 'song');
  for (const id of ['aaaa1', 'bbbb2']) live.add(id);
  const [one, ...others] = await cancel({ groupId: 'g', fileName: 'film' });
  t.match(one, { id: 'aaaa1', groupId: 'g', fileName: 'film' });
  t.ok(one!.freedBytes >= 5000);
  t.same([others, cancelled], [[], ['aaaa1']]);
  t.same(rows(), ['aaaa1 failed', 'bbbb2 running']);
  t.same(await parts(), ['bbbb2.part']);
  t.equal(library.leftOf('aaaa1').kept, undefined, 'nothing says that pieces are there');
  t.same(unhinted, ['aaaa1']);
  t.match(library.listDownloads(account)[0], { error: { code: 'CANCELLED' } });
});

t.test('what an engine that is gone has left is ended too, and may be kept', async (t) => {
  const { library, add, rows, parts, cancel, cancelled } = await scene(t);
  await add('aaaa1', 'film');
  t.match(await cancel({ id: 'aaaa' }, true), [{ id: 'aaaa1', freedBytes: 0 }]);
  t.same([rows(), cancelled], [['aaaa1 failed'], []]);
  t.same(await parts(), ['aaaa1.part']);
  t.same([...library.leftOf('aaaa1').kept!.bits], [0x80]);
  await cancel({ id: 'aaaa1' });
  t.same(await parts(), [], 'and later it goes all the same');
});

t.test('what had ended before is told only when its part goes now', async (t) => {
  const { library, add, rows, parts, cancel } = await scene(t);
  for (const id of ['aaaa1', 'aaaa2']) await add(id, 'film');
  library.failDownload('aaaa1', { ...failure, code: 'CANCELLED' }, 2);
  const film = { groupId: 'g', fileName: 'film' };
  t.match(await cancel(film, true), [{ id: 'aaaa2', freedBytes: 0 }], 'its part stays');
  const over = { code: 'NO_SUCH_DOWNLOAD', message: /has ended already.*`forget`/ };
  await t.rejects(cancel(film, true), over);
  t.equal((await cancel({ id: 'aaaa1' })).length, 1, 'its part goes');
  await add('aaaa3', 'film');
  const told = await cancel(film);
  t.same(
    told.map(({ id }) => id),
    ['aaaa2', 'aaaa3'],
  );
  await t.rejects(cancel(film), over);
  t.same([rows(), await parts()], [['aaaa1 failed', 'aaaa2 failed', 'aaaa3 failed'], []]);
});

t.test('what is cancelled is so, however it had stopped before', async (t) => {
  const { library, add, pause, cancel, parts } = await scene(t);
  await add('aaaa1', 'film');
  await pause({ id: 'aaaa1' });
  t.match(await cancel({ id: 'aaaa1' }, true), [{ freedBytes: 0 }], 'it was to go on some day');
  t.match(library.findDownload('aaaa1'), { error: { code: 'CANCELLED' }, keptBytes: 1 });
  await add('aaaa2', 'song');
  library.failDownload('aaaa2', failure, 2);
  await t.rejects(cancel({ id: 'aaaa2' }, true), { code: 'NO_SUCH_DOWNLOAD' });
  t.match(library.findDownload('aaaa2'), { error: failure }, 'nothing was done to it');
  await cancel({ id: 'aaaa2' });
  t.match(library.findDownload('aaaa2'), { error: { code: 'CANCELLED' }, keptBytes: 0 });
  t.same(await parts(), ['aaaa1.part']);
});

t.test('one that begins while it is being cancelled is cancelled all the same', async (t) => {
  const { library, live, cancelled, add, rows, parts, cancel } = await scene(t);
  await add('aaaa1', 'film');
  const ended = cancel({ id: 'aaaa1' });
  // It was just being read.
  await library.gather(() => live.add('aaaa1'));
  t.match(await ended, [{ id: 'aaaa1' }]);
  t.same([cancelled, rows(), await parts()], [['aaaa1'], ['aaaa1 failed'], []]);
});

t.test('one that is to go on does not begin once its part is being removed', async (t) => {
  const { library, owners, add, cancel } = await scene(t);
  await add('aaaa1', 'film');
  const seen: unknown[] = [];
  const removing = cancel({ id: 'aaaa1' });
  // It has the library by then, and its first change is noted before the part goes.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  await library.gather(() => seen.push(library.findDownload('aaaa1')?.state));
  t.same(seen, ['failed']);
  await removing;
  t.same(owners.downloads.running, []);
});

t.test('two see to one download at the same time', async (t) => {
  for (const first of ['cancel', 'forget'] as const) {
    await t.test(`${first} is asked for first`, async (t) => {
      const { library, add, rows, parts, cancel, forget } = await scene(t);
      await add('aaaa1', 'film');
      library.failDownload('aaaa1', failure, 2);
      const one = () => cancel({ id: 'aaaa1' });
      const other = () => forget({});
      const both = first === 'cancel' ? [one(), other()] : [other(), one()];
      // Whoever comes too late for it may say so.
      for (const { status, reason } of (await Promise.allSettled(
        both,
      )) as PromiseRejectedResult[]) {
        if (status === 'rejected') t.match(reason, { code: 'NO_SUCH_DOWNLOAD' });
      }
      t.same([rows(), await parts()], [[], []]);
    });
  }
});

t.test('what somebody goes on with meanwhile is not forgotten', async (t) => {
  const { library, add, rows, forget } = await scene(t);
  await add('aaaa1', 'film');
  library.failDownload('aaaa1', failure, 2);
  const forgotten = forget({ keepsPart: true });
  // It has been chosen by then, and nothing is noted yet.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  t.same(rows(), ['aaaa1 failed']);
  library.restartDownload('aaaa1', INCARNATION);
  t.same(await forgotten, []);
  t.same(rows(), ['aaaa1 running']);
});

t.test('ids are taken by their first digits, if those are enough', async (t) => {
  const { add, cancel, rows } = await scene(t);
  await add('aaaa1', 'film');
  await add('aaaa2', 'film');
  await t.rejects(cancel({ id: 'aaaa' }), { code: 'BAD_ARGUMENT', message: /several/ });
  await t.rejects(cancel({ id: 'aaa' }), none);
  await t.rejects(cancel({ id: 'cccc' }), none);
  await t.rejects(cancel({ groupId: 'h', fileName: 'film' }), none);
  t.same(rows(), ['aaaa1 running', 'aaaa2 running']);
  t.equal((await cancel({ groupId: 'g', fileName: 'film' })).length, 2, 'all of a name');
});

t.test('what is complete, or is so by the time it is stopped, stays', async (t) => {
  const { library, live, world, add, cancel, rows, parts } = await scene(t);
  const isComplete = { code: 'NO_SUCH_DOWNLOAD', message: /is complete/ };
  await add('aaaa1', 'film');
  library.finishDownload('aaaa1', stamp, 2);
  await t.rejects(cancel({ groupId: 'g', fileName: 'film' }), isComplete);
  await add('bbbb2', 'song');
  live.add('bbbb2');
  world.ends = (id) => library.finishDownload(id, stamp, 3);
  await t.rejects(cancel({ id: 'bbbb2' }), isComplete);
  t.same(rows(), ['aaaa1 complete', 'bbbb2 complete']);
  t.same(await parts(), ['aaaa1.part', 'bbbb2.part'], 'whatever has these names by now');
});

t.test('the list is shortened by what has ended, as far as it is meant', async (t) => {
  const { library, live, add, forget, rows, parts } = await scene(t);
  for (const [id, name, group] of [
    ['complete', 'film', 'g'],
    ['failed', 'song', 'g'],
    ['left', 'text', 'g'],
    ['runs', 'data', 'g'],
    ['other', 'film', 'h'],
  ] as const) {
    await add(id, name, group);
  }
  live.add('runs');
  library.finishDownload('complete', stamp, 2);
  library.failDownload('failed', failure, 2);
  library.failDownload('other', failure, 2);
  t.match(await forget({ onlyComplete: true }), [{ id: 'complete', freedBytes: 0 }]);
  t.same(await forget({ onlyComplete: true }), [], 'nothing more');
  t.same(rows(), ['failed failed', 'left running', 'runs running', 'other failed']);
  const goesOn = { code: 'NO_SUCH_DOWNLOAD', message: /`cancel` ends/ };
  await t.rejects(forget({ groupId: 'g', fileName: 'text' }), goesOn);
  await t.rejects(forget({ groupId: 'g', fileName: 'data' }), goesOn);
  await t.rejects(forget({ groupId: 'x' }), none);
  t.match(await forget({ groupId: 'g' }), [{ id: 'failed' }]);
  t.same(await parts(), ['complete.part', 'left.part', 'other.part', 'runs.part']);
  t.match(await forget({ keepsPart: true }), [{ id: 'other', freedBytes: 0 }]);
  t.same(await parts(), ['complete.part', 'left.part', 'other.part', 'runs.part']);
  t.same(rows(), ['left running', 'runs running']);
});

t.test('what lies under the name of a part file and is not ours stays, and is told', async (t) => {
  const { library, folder, add, forget, parts } = await scene(t);
  await add('aaaa1', 'film');
  library.failDownload('aaaa1', failure, 2);
  const foreign = join(folder, 'foreign');
  await symlink('aaaa1.part', foreign);
  library.movePart('aaaa1', foreign);
  t.match(await forget({}), [{ foreignPath: foreign, freedBytes: 0 }]);
  t.same(await parts(), ['aaaa1.part', 'foreign']);
});
