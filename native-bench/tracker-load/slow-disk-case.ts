/** Who only asks, while others share files on a disk that takes its time for every sync. */
import type { BenchCase } from '../contestant.js';
import { programMissing } from '../built-program.js';
import { slowSyncLibrary, slowSyncSource } from '../paths.js';
import { metricsOf, productUnderLoad, requireFine, type LoadOptions } from './contestants.js';

/** How much longer each sync takes. */
const SYNC_MS = 100;

/** The last `sharers` of all clients share, the others ask. */
export function slowDiskCase(options: LoadOptions, sharers: number): BenchCase {
  const { connections, forMs } = options;
  const env = { LD_PRELOAD: slowSyncLibrary, SLOW_SYNC_MS: String(SYNC_MS) };
  const product = productUnderLoad(
    { ...options, env },
    async ({ tracker, makers, round }) => {
      const before = tracker.processorMs;
      const loop = { order: 'loop', kind: 'mix', count: connections, forMs } as const;
      const result = requireFine(
        await makers.order({ ...loop, seed: round * connections, sharers }),
      );
      const sharesPerSecond = ((result.shares ?? 0) * 1000) / result.elapsedMs;
      return { ...metricsOf(result, tracker.processorMs - before), sharesPerSecond };
    },
    async ({ tracker, makers }) => {
      const open = { order: 'open', target: 'product', count: connections, atATime: 16 } as const;
      requireFine(await makers.order({ ...open, port: tracker.port }));
    },
  );
  return {
    name: 'slow-disk',
    title: `the mix of ${connections - sharers} clients while ${sharers} share, each sync ${SYNC_MS} ms longer`,
    reference: 'p2p tracker',
    contestants: async () => [{ ...product, missing: librariesMissing }],
  };
}

async function librariesMissing(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'only Linux loads a library in front of another one';
  return programMissing(slowSyncLibrary, slowSyncSource, ['-shared', '-fPIC', '-ldl']);
}
