/**
 * The program: puts the parts of the product together. The tracker and the client do not import
 * each other (see docs/architecture.md), so this is the one place that knows both; each is
 * loaded only when a command needs it. Nothing runs by being loaded.
 */
import { asksForContent, asksForJson } from './main/cli/common-options.js';
import { installLastResort } from './main/last-resort.js';
import type { Parts } from './main/cli/process-context.js';
import { main } from './main/main.js';
import { processEnvironment, type Environment } from './main/terminal/environment.js';
import type { PoolAhead } from './main/threads/pool-ahead.js';
import { crash, detach } from './net/detach.js';

/** Runs the command line of this process, and sets its exit status. */
export function start(): void {
  const argv = process.argv.slice(2);
  detach(async () => {
    const onAnswered = installLastResort(
      argv.includes('--debug'),
      asksForJson(argv),
      asksForContent(argv),
    );
    process.exitCode = await run(argv, processEnvironment(), onAnswered);
  }, crash);
}

/** Runs one command line in these surroundings; answers its exit status. `onAnswered` as in `main`. */
export async function run(
  argv: readonly string[],
  environment: Environment,
  onAnswered?: () => void,
): Promise<number> {
  const threads = await threadsAhead(argv);
  try {
    const parts: Parts = {
      openEngine: async (options) => {
        const { openEngine } = await import('./main/engine/engine.js');
        return openEngine(options, () => threads?.take());
      },
      runTracker: async (launch, environment) =>
        (await import('./tracker/run-tracker.js')).runTracker(launch, environment),
      trackerUpkeep: async () => (await import('./tracker/upkeep/upkeep.js')).trackerUpkeep,
    };
    return await main(argv, parts, environment, onAnswered);
  } finally {
    await threads?.close();
  }
}

/** The threads of a download, which is most likely a whole command; fewer words are a mistake, or a question. */
async function threadsAhead(argv: readonly string[]): Promise<PoolAhead | undefined> {
  const isDownload = argv[0] === 'download' && argv.length > 3;
  const wantsOthers = argv.some((word) => /^--(threads|slot-memory)\b/.test(word));
  if (!isDownload || wantsOthers) return undefined;
  const { PoolAhead } = await import('./main/threads/pool-ahead.js');
  const threads = new PoolAhead();
  threads.start();
  return threads;
}
