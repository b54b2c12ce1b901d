/** A thread that waits for its rivals, then asks for its collector again and again, and tells how often it had none. */
import { parentPort, workerData } from 'node:worker_threads';
import { garbageCollector } from '../../../src/workers/memory/garbage-collector.js';

export interface CollectorThreadData {
  readonly turn: SharedArrayBuffer;
  /** Counts those who are here. */
  readonly here: SharedArrayBuffer;
  readonly threads: number;
  readonly rounds: number;
}

/** Nobody ends in a turn here, and others may have the processor for long. */
const WAIT_MS = 60_000;

const { turn, here, threads, rounds } = workerData as CollectorThreadData;
const count = new Int32Array(here);
Atomics.add(count, 0, 1);
Atomics.notify(count, 0);
for (let seen = 0; seen < threads; seen = Atomics.load(count, 0)) Atomics.wait(count, 0, seen);
let missing = 0;
for (let round = 0; round < rounds; round++) {
  const collect = garbageCollector(turn, WAIT_MS);
  if (!collect) missing++;
}
parentPort?.postMessage(missing);
