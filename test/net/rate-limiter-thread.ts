/** A thread that reserves from a shared limit while the clock stands still, then ends. */
import { workerData } from 'node:worker_threads';
import { SharedRateLimiter } from '../../src/net/shared-rate-limiter.js';

export interface RateLimiterThreadData {
  readonly cell: SharedArrayBuffer;
  readonly reservations: number;
  readonly bytes: number;
}

const { cell, reservations, bytes } = workerData as RateLimiterThreadData;
const limiter = new SharedRateLimiter(cell, () => 0n);
for (let count = 0; count < reservations; count++) limiter.reserve(bytes);
