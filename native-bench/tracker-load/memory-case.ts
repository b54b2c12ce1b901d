/** What connections cost the tracker in memory: while they are silent, online with what they offer, and while all of them ask. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from '../contestant.js';
import { productUnderLoad, requireFine, type LoadOptions } from './contestants.js';

/** What was left of opening them is collected by then. */
const SETTLING_MS = 15_000;

export function memoryCase(options: LoadOptions): BenchCase {
  const { connections, forMs } = options;
  const product = productUnderLoad(options, async ({ tracker, makers }) => {
    const emptyKiB = tracker.residentKiB;
    /** What they hold when everybody is there; who was there before is gone. */
    const openedKiB = async (isQuiet: boolean): Promise<number> => {
      const open = { order: 'open', target: 'product', count: connections, atATime: 16 } as const;
      requireFine(await makers.order({ ...open, isQuiet, port: tracker.port }));
      await sleep(SETTLING_MS);
      return tracker.residentKiB;
    };
    const silentKiB = await openedKiB(true);
    const onlineKiB = await openedKiB(false);
    const loop = { order: 'loop', kind: 'mix', count: connections, forMs, seed: 1 } as const;
    // So many at once are more than it takes: who is refused has asked too.
    await makers.order(loop);
    const askingKiB = tracker.residentKiB;
    await makers.order({ order: 'close' });
    return {
      emptyMB: (emptyKiB * 1024) / 1e6,
      silentKiB: (silentKiB - emptyKiB) / connections,
      onlineKiB: (onlineKiB - emptyKiB) / connections,
      askingKiB: (askingKiB - emptyKiB) / connections,
    };
  });
  return {
    name: 'memory',
    title: `memory of ${connections} connections`,
    reference: 'p2p tracker',
    contestants: async () => [product],
  };
}
