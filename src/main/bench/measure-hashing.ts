/** How fast each SHA-1 engine hashes a cached file in the transfer threads, all at work. */
import { open } from 'node:fs/promises';
import { bug } from '../../net/errors.js';
import { choosePieceLength, pieceLayout } from '../../net/piece-layout.js';
import type { HasherName } from '../../workers/messages/thread.js';
import { bestOf } from './best-of.js';
import { hashFile, type HashingJob } from '../threads/piece-hashing.js';
import { TransferPool } from '../threads/transfer-pool.js';

const ENGINES: readonly HasherName[] = ['wasm', 'native', 'hash-wasm'];

export interface HashingRates {
  readonly threads: number;
  /** Bytes per second of all threads together. */
  readonly byEngine: Readonly<Record<HasherName, number>>;
}

/** Hashes the file of `size` bytes once with each engine. */
export async function measureHashing(
  path: string,
  size: number,
  signal: AbortSignal,
): Promise<HashingRates> {
  const layout = pieceLayout(size, choosePieceLength(size)) ?? bug('the sample has no layout');
  const pool = new TransferPool();
  const file = await open(path);
  const byEngine: Record<HasherName, number> = { wasm: 0, native: 0, 'hash-wasm': 0 };
  try {
    for (const hasher of ENGINES) {
      const job = { pool, hasher, content: { type: 'file', fd: file.fd } as const, layout, signal };
      // The first pass loads threads and engine, and the file into the page cache.
      byEngine[hasher] = await bestOf(() => rateOf(job));
    }
  } finally {
    await pool.close();
    await file.close();
  }
  return { threads: pool.threadCount, byEngine };
}

async function rateOf(job: HashingJob): Promise<number> {
  const startedMs = performance.now();
  await hashFile(job);
  return (job.layout.size * 1000) / (performance.now() - startedMs);
}
