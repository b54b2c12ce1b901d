/** Which pieces are hashed in which runs; the threads are fakes that note their runs. */
import t from 'tap';
import { TrackerError } from '../../../src/net/errors.js';
import { MiB } from '../../../src/net/limits.js';
import { PieceHashing } from '../../../src/main/threads/piece-hashing.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { FakeTransferPool } from '../../fixtures/fake-transfer-pool.js';
import { bitsOf, layoutOf } from '../swarm/fake-swarm.js';

/** Pieces of a run of the greatest length. */
const RUN = 32;

/** The hashing under test, over threads that hash nothing; a run is `first+count`. */
function scene(threadCount = 1) {
  const runs: string[] = [];
  const pool = new FakeTransferPool(threadCount);
  const threads = { outcome: async (): Promise<void> => undefined };
  pool.hash = ({ firstPiece, pieceCount }) => {
    runs.push(`${firstPiece}+${pieceCount}`);
    return threads.outcome();
  };
  return { runs, pool, threads, hashing: new PieceHashing(() => pool, 'native') };
}

t.test('a file is hashed in runs of a bounded number of bytes', async (t) => {
  const cases: [pieceCount: number, runs: string[]][] = [
    [1, ['0+1']],
    [RUN, [`0+${RUN}`]],
    [RUN + 1, [`0+${RUN}`, `${RUN}+1`]],
    [3 * RUN, [`0+${RUN}`, `${RUN}+${RUN}`, `${2 * RUN}+${RUN}`]],
  ];
  for (const [pieceCount, expected] of cases) {
    for (const threadCount of [1, 4]) {
      const { runs, hashing } = scene(threadCount);
      const layout = layoutOf(pieceCount, MiB);
      const hashes = await hashing.hashFile({ content: { type: 'file', fd: 1 }, layout });
      t.equal(hashes.length, 20 * pieceCount);
      t.same(runs, expected);
    }
  }
});

t.test('what is known is not hashed again, and is in the hashes', async (t) => {
  const { runs, hashing } = scene();
  const known = [
    { firstPiece: 1, hashes: new Uint8Array(2 * 20).fill(1) },
    { firstPiece: 4, hashes: new Uint8Array(20).fill(4) },
  ];
  const told: number[] = [];
  const hashes = await hashing.hashFile({
    content: { type: 'file', fd: 1 },
    layout: layoutOf(6, MiB),
    known,
    onHashed: (pieces) => told.push(pieces),
  });
  t.same(runs, ['0+1', '3+1', '5+1']);
  t.equal(hashes.length, 6 * 20);
  t.same(
    [0, 1, 2, 3, 4, 5].map((piece) => hashes[20 * piece + 19]),
    [0, 1, 1, 0, 4, 0],
  );
  t.same(told, [3], 'and counts as done');
});

t.test('a run of a file that grows is hashed without its size', async (t) => {
  const { pool, hashing } = scene();
  pool.hash = async ({ digests, layout, firstPiece, pieceCount }) => {
    t.equal(layout.size, 5 * MiB, 'no byte behind it is read');
    new Uint8Array(digests).fill(7, 20 * firstPiece, 20 * (firstPiece + pieceCount));
  };
  const file = { content: { type: 'file', fd: 1 } as const, pieceLength: MiB };
  const { firstPiece, hashes } = await hashing.hashRun({ ...file, firstPiece: 3, pieceCount: 2 });
  t.equal(firstPiece, 3);
  t.same([...hashes], new Array(40).fill(7));
});

t.test('only the candidates are hashed, those in a row together', async (t) => {
  const { runs, hashing } = scene();
  const { description } = describedBytes(8);
  const candidates = bitsOf(8, [0, 2, 3, 4, 7]);
  const file = { content: { type: 'file', fd: 1 } as const, layout: description.layout };
  const verified = await hashing.checkPieces(file, description, candidates);
  t.same(runs, ['0+1', '2+3', '7+1']);
  t.equal(verified.count, 0, 'what was not hashed to the same is not verified');
});

t.test(
  'a piece counts when its hash is that of the description, and it was a candidate',
  async (t) => {
    const { pool, hashing } = scene();
    const { description } = describedBytes(3);
    pool.hash = async ({ digests }) => {
      const bytes = new Uint8Array(digests);
      bytes.set(description.pieceHashes);
      bytes[20]! ^= 1;
    };
    const file = { content: { type: 'file', fd: 1 } as const, layout: description.layout };
    const verified = await hashing.checkPieces(file, description, bitsOf(3, [0, 1]));
    t.same([...verified.indexes()], [0]);
  },
);

t.test('when a run fails no further one begins in its thread, and all have ended', async (t) => {
  const { runs, threads, hashing } = scene(2);
  const ended: string[] = [];
  threads.outcome = async () => {
    const run = runs.at(-1)!;
    if (runs.length === 1) throw new TrackerError('IO_ERROR', 'the disk');
    await new Promise(setImmediate);
    ended.push(run);
  };
  const layout = layoutOf(4 * RUN, MiB);
  await t.rejects(hashing.hashFile({ content: { type: 'file', fd: 1 }, layout }), {
    code: 'IO_ERROR',
  });
  t.same(ended, runs.slice(1), 'the file may be closed now');
});
