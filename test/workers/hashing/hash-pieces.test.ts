/** The pieces of a local file, hashed in this very thread. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { SHA1_BYTES } from '../../../src/net/description.js';
import { KiB, MiB } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { hashPieces } from '../../../src/workers/hashing/hash-pieces.js';
import type { HashToMain } from '../../../src/workers/messages/hashing.js';
import { MessageLog } from '../../fixtures/message-log.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
const PIECE_COUNT = 11;
const content = sampleBytes((PIECE_COUNT - 1) * PIECE + 99);
const layout = pieceLayout(content.length, PIECE)!;

/** A task over the file, with main at the other end of its port. */
async function setUp(t: Test, firstPiece = 0, pieceCount = PIECE_COUNT) {
  const file = await open(join(testFolder(t, { file: content }), 'file'), 'r+');
  const { port1, port2 } = new MessageChannel();
  const said = new MessageLog<HashToMain>();
  port1.on('message', (message: HashToMain) => said.add(message));
  t.teardown(async () => {
    port1.close();
    await file.close();
  });
  const digests = new SharedArrayBuffer(PIECE_COUNT * SHA1_BYTES);
  const task = {
    // Less than the file has: what memory there is must do.
    slotMemoryBytes: 2 * MiB,
    port: port2,
    content: { type: 'file', fd: file.fd },
    layout,
    firstPiece,
    pieceCount,
    digests,
    hasher: 'wasm',
  } as const;
  const digestOf = (piece: number): string =>
    Buffer.from(digests).toString('hex', piece * SHA1_BYTES, (piece + 1) * SHA1_BYTES);
  return { task, said, file, digestOf, port: port1 };
}

function sha1Of(piece: number): string {
  const bytes = content.subarray(piece * PIECE, (piece + 1) * PIECE);
  return createHash('sha1').update(bytes).digest('hex');
}

t.test('every piece of a run is hashed to its place, and counted', async (t) => {
  const { task, said, digestOf } = await setUp(t, 2, PIECE_COUNT - 2);
  await hashPieces(task);
  for (let piece = 2; piece < PIECE_COUNT; piece++) t.equal(digestOf(piece), sha1Of(piece));
  t.equal(digestOf(1), '00'.repeat(SHA1_BYTES), 'others are not touched');
  let counted = 0;
  while (counted < PIECE_COUNT - 2) counted += (await said.next()).pieces;
  t.equal(counted, PIECE_COUNT - 2);
});

t.test('a file that became shorter is FILE_CHANGED, and its slots are free again', async (t) => {
  const { task, file } = await setUp(t);
  await file.truncate(5 * PIECE);
  await t.rejects(hashPieces(task), { name: 'StorageError', code: 'FILE_CHANGED' });
  const again = await setUp(t);
  await hashPieces(again.task);
  t.equal(again.digestOf(PIECE_COUNT - 1), sha1Of(PIECE_COUNT - 1));
});

t.test('hashing stops when main says so', async (t) => {
  const { task, port } = await setUp(t);
  port.postMessage({ type: 'close' });
  await t.rejects(hashPieces(task), { code: 'CANCELLED' });
});
