/** Cases in which clients ask in a closed loop. */
import type { BenchCase } from '../contestant.js';
import {
  metricsOf,
  productUnderLoad,
  requireFine,
  rivalUnderLoad,
  type LoadOptions,
} from './contestants.js';
import type { LoadKind } from './requests.js';

const titles: Readonly<Record<LoadKind, string>> = {
  announce: 'announce, one file whose state changes',
  repeat: 'announce, nothing changes',
  mix: 'the mix: 35 % announce, 15 watch, 15 unwatch, 15 describeFiles (4 names, peers), 5 listFiles (50), 15 ticket',
  watch: 'watch one of 50 files again and again',
  ticket: 'ticket',
  describe: 'describeFiles, 4 names with peers',
  list: 'listFiles, 50 files',
  share: 'shareFile, on the disk before it is answered',
};

/** `sharers` of all clients ask, by default all. */
export function loopCase(
  kind: LoadKind,
  options: LoadOptions,
  askers = options.connections,
): BenchCase {
  const { connections, forMs } = options;
  const product = productUnderLoad(
    options,
    async ({ tracker, makers, round }) => {
      const before = tracker.processorMs;
      const seed = round * connections;
      const loop = { order: 'loop', kind, count: askers, forMs, seed } as const;
      const result = requireFine(await makers.order(loop));
      return metricsOf(result, tracker.processorMs - before);
    },
    async ({ tracker, makers }) => {
      const open = { order: 'open', target: 'product', count: connections, atATime: 16 } as const;
      requireFine(await makers.order({ ...open, port: tracker.port }));
    },
  );
  const isComparable = kind === 'announce';
  return {
    name: kind,
    title: `${titles[kind]}; ${askers} connections`,
    reference: isComparable ? 'bittorrent-tracker' : 'p2p tracker',
    contestants: async () => (isComparable ? [product, rivalUnderLoad(options)] : [product]),
  };
}
