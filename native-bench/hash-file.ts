/**
 * Hashes one file with the product's transfer threads and says how long that took, without the
 * start of the threads: node hash-file.js FILE PIECE_LENGTH ENGINE
 */
import { open } from 'node:fs/promises';
import { hashFile } from '../src/main/threads/piece-hashing.js';
import { TransferPool } from '../src/main/threads/transfer-pool.js';
import { bug } from '../src/net/errors.js';
import { pieceLayout, type PieceLayout } from '../src/net/piece-layout.js';
import type { ContentSource } from '../src/workers/messages/content.js';
import type { HasherName } from '../src/workers/messages/thread.js';

/** Loads every thread and its engine: one piece for each, more than once for the slow ones. */
async function warmUp(
  pool: TransferPool,
  content: ContentSource,
  layout: PieceLayout,
  hasher: HasherName,
) {
  const digests = new SharedArrayBuffer(20 * layout.pieceCount);
  const piece = { content, layout, firstPiece: 0, pieceCount: 1, digests, hasher };
  const runs = Array.from({ length: 4 * pool.threadCount }, () =>
    pool.hash(piece, () => undefined),
  );
  await Promise.all(runs);
}

const [path, pieceLength, engine] = process.argv.slice(2);
const file = await open(path!);
const content: ContentSource = { type: 'file', fd: file.fd };
const { size } = await file.stat();
const layout = pieceLayout(size, Number(pieceLength)) ?? bug('no layout for this file');
const hasher = engine as HasherName;
const pool = new TransferPool();
await warmUp(pool, content, layout, hasher);
const startedMs = performance.now();
await hashFile({ pool, hasher, content, layout });
const steadyMs = performance.now() - startedMs;
await pool.close();
await file.close();
process.stdout.write(`${JSON.stringify({ steadyMs })}\n`);
