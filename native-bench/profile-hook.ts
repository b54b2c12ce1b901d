/**
 * Loaded into every thread of a process that is profiled (`node --import`): records where the
 * thread spends its time and what it allocates, garbage included, for a few seconds in the
 * middle of a transfer, and writes both to the folder P2P_PROFILES.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

/** By then the transfer is under way and its code is hot. */
const START_AFTER_MS = 800;
const DURATION_MS = 1_500;
/** Mean bytes between two samples of an allocation. */
const SAMPLING_INTERVAL_BYTES = 1_024;

async function record(folder: string): Promise<void> {
  await delay(START_AFTER_MS);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  // The flags are newer than the types.
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as object);
  await delay(DURATION_MS);
  const cpu = await session.post('Profiler.stop');
  const heap = await session.post('HeapProfiler.stopSampling');
  const path = join(folder, `thread-${threadId}`);
  writeFileSync(`${path}.heapprofile`, JSON.stringify(heap.profile));
  writeFileSync(`${path}.cpuprofile`, JSON.stringify(cpu.profile));
  session.disconnect();
}

const folder = process.env['P2P_PROFILES'];
if (folder !== undefined) void record(folder);
