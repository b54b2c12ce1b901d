import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { StorageError } from '../../../src/net/errors.js';
import { MAX_PIECES_PER_REPORT } from '../../../src/net/limits.js';
import { FileFinisher } from '../../../src/workers/fetching/file-finisher.js';
import type { ParcelResult } from '../../../src/workers/messages/parcel.js';

const SYNCS = 2;

const full = (): never => {
  throw new StorageError('DISK_FULL', 'full');
};

function stampOf(size: number) {
  return { size, mtimeNs: 1n, inode: 2n, ctimeNs: 3n, device: 4n };
}

function scene(isSynced: boolean) {
  const told: ParcelResult[][] = [];
  const due: (() => void)[] = [];
  let idles = 0;
  const finisher = new FileFinisher({
    isSynced,
    syncsAtATime: SYNCS,
    later: (_ms, work) => {
      due.push(work);
      return () => due.splice(due.indexOf(work), 1);
    },
    tell: (results) => told.push(results),
    onIdle: () => idles++,
  });
  return { finisher, told, due, idles: () => idles };
}

t.test('files are placed at once, and told of together', (t) => {
  const { finisher, told, due } = scene(false);
  finisher.onWritten(1, { sync: full, place: () => stampOf(1) });
  finisher.onWritten(2, { sync: full, place: full });
  finisher.onFailed(3);
  t.same(told, []);
  due[0]!();
  const [first, second, third] = [stampOf(1), undefined, undefined];
  t.same(told, [
    [
      { number: 1, stamp: first },
      { number: 2, stamp: second },
      { number: 3, stamp: third },
    ],
  ]);
  for (let number = 0; number < MAX_PIECES_PER_REPORT; number++) finisher.onFailed(number);
  t.equal(told[1]?.length, MAX_PIECES_PER_REPORT, 'a full report waits for nothing');
  t.same(due, []);
  finisher.tellNow();
  t.equal(told.length, 2, 'nothing is no news');
  t.end();
});

t.test('so many are synced side by side, and named only then', async (t) => {
  const { finisher, told, idles } = scene(true);
  const syncs = Array.from({ length: SYNCS + 1 }, () => deferred<void>());
  const begun: number[] = [];
  const placed: number[] = [];
  for (const [number, { promise }] of syncs.entries()) {
    const sync = (): Promise<void> => {
      begun.push(number);
      return promise;
    };
    const place = () => {
      placed.push(number);
      return stampOf(number);
    };
    finisher.onWritten(number, { sync, place });
  }
  t.equal(begun.length, SYNCS);
  t.notOk(finisher.isIdle);
  syncs[1]!.resolve();
  await nextTurn();
  t.equal(begun.length, SYNCS + 1);
  t.same(placed, [1]);
  syncs[0]!.reject(new StorageError('IO_ERROR', 'lost'));
  syncs[2]!.resolve();
  await nextTurn();
  t.same(placed, [1, 2], 'what is not on the disk gets no name');
  t.ok(finisher.isIdle);
  t.equal(idles(), 1);
  finisher.tellNow();
  const stamps = told.flat().map(({ number, stamp }) => [number, stamp?.size]);
  t.same(stamps.sort(), [
    [0, undefined],
    [1, 1],
    [2, 2],
  ]);
});
