/** The table of files of an upload session, without a socket and without a disk. */
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { KiB, MAX_FILES_PER_SESSION } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { ServedFiles } from '../../../src/workers/serving/served-files.js';

const PIECE = 256 * KiB;
const LAST_LENGTH = 100;
const layout = pieceLayout(2 * PIECE + LAST_LENGTH, PIECE)!;
const film = 'f1'.repeat(32);
const song = '50'.repeat(32);

function opened(pieces: readonly number[] = [0, 1, 2], fileId = film) {
  const set = new Bitfield(layout.pieceCount);
  for (const piece of pieces) set.add(piece);
  return { fileId, content: { type: 'file', fd: 99 } as const, layout, bits: set.bytes };
}

/** A table in which these numbers are open. */
function withOpen(files: Record<number, string>, pieces?: readonly number[]): ServedFiles {
  const served = new ServedFiles();
  for (const [fileRef, fileId] of Object.entries(files)) {
    served.open(Number(fileRef), fileId);
    served.onOpened(Number(fileRef), opened(pieces, fileId));
  }
  return served;
}

t.test('a file is read once main has opened it', async (t) => {
  const served = new ServedFiles();
  const range = { fileRef: 4, pieceIndex: 0, offset: 0, length: 10 };
  t.equal(served.forReading(range), 'NOT_SHARED');
  served.open(4, film);
  t.equal(served.forReading(range), 'NOT_SHARED');
  t.equal(served.fileIdOf(4), film);
  const file = served.onOpened(4, opened([0]));
  t.match(file, { state: 'open', fileId: film, layout });
  t.equal(served.forReading(range), file);
});

t.test('what may be read is a range within a piece that is there', async (t) => {
  const served = withOpen({ 4: film }, [0, 2]);
  const cases: [name: string, pieceIndex: number, offset: number, length: number, code?: string][] =
    [
      ['a whole piece', 0, 0, PIECE],
      ['the end of the last', 2, LAST_LENGTH - 1, 1],
      ['a piece that is not there', 1, 0, 10, 'PIECE_NOT_AVAILABLE'],
      ['a piece that is none', 3, 0, 10, 'PROTOCOL_VIOLATION'],
      ['past the end of a piece', 0, PIECE - 1, 2, 'PROTOCOL_VIOLATION'],
      ['past the end of the last', 2, 0, LAST_LENGTH + 1, 'PROTOCOL_VIOLATION'],
    ];
  for (const [name, pieceIndex, offset, length, code] of cases) {
    const file = served.forReading({ fileRef: 4, pieceIndex, offset, length });
    if (code) t.equal(file, code, name);
    else t.match(file, { state: 'open' }, name);
  }
});

t.test('a number is taken until its file is gone', async (t) => {
  const served = new ServedFiles();
  const isTaken = (): void =>
    void t.throws(() => served.open(1, song), { code: 'PROTOCOL_VIOLATION' });
  served.open(1, film);
  isTaken();
  t.notOk(served.close(1), 'there is nothing to give back yet');
  isTaken();
  t.equal(served.onOpened(1, opened()), undefined, 'and now there is');
  served.open(1, song);
  t.ok(served.onOpened(1, opened()));
  isTaken();
  t.ok(served.close(1));
  t.notOk(served.close(1));
  served.open(1, film);
});

t.test('main may take a file back in every state', async (t) => {
  const served = withOpen({ 1: film });
  served.open(2, film);
  served.open(3, film);
  served.close(3);
  t.same(
    [1, 2, 3, 4].map((fileRef) => served.onWithdrawn(fileRef)),
    ['open', 'opening', 'closing', undefined],
  );
  for (const fileRef of [1, 2, 3]) served.open(fileRef, song);
});

t.test('a set of pieces that cannot be gives the file back', async (t) => {
  const served = new ServedFiles();
  served.open(1, film);
  t.equal(served.onOpened(1, { ...opened(), bits: new Uint8Array(2) }), undefined);
  t.equal(served.onOpened(7, opened()), undefined, 'as for a file nobody asked for');
  served.open(1, film);
});

t.test('a file that grows is told where it is open, and only what is new', async (t) => {
  const served = withOpen({ 1: film, 2: song, 3: film }, [0]);
  served.open(4, film);
  t.same(served.gain(film, [0, 1]), [
    [1, [1]],
    [3, [1]],
  ]);
  t.same(served.gain(film, [1]), [
    [1, []],
    [3, []],
  ]);
  const range = { fileRef: 3, pieceIndex: 1, offset: 0, length: 10 };
  t.match(served.forReading(range), { state: 'open' });
  t.equal(served.forReading({ ...range, fileRef: 2 }), 'PIECE_NOT_AVAILABLE');
});

t.test('a peer may speak of a piece that an open file has', async (t) => {
  const served = withOpen({ 1: film }, []);
  served.open(2, film);
  t.match(served.withPiece(1, 2), { fileId: film });
  t.equal(served.withPiece(1, 3), undefined);
  t.equal(served.withPiece(2, 0), undefined);
});

t.test('there are only so many, and all of them go at once', async (t) => {
  const served = withOpen({ 0: film, 1: film });
  for (let fileRef = 2; fileRef < MAX_FILES_PER_SESSION; fileRef++) served.open(fileRef, film);
  t.throws(() => served.open(MAX_FILES_PER_SESSION, film), { code: 'PROTOCOL_VIOLATION' });
  t.same(served.closeAll(), [0, 1], 'those that were open are given back');
  t.same(served.closeAll(), []);
  t.equal(served.onOpened(2, opened()), undefined);
});
