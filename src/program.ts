/**
 * The program: puts the parts of the product together. The tracker and the client do not import
 * each other (see docs/architecture.md), so this is the one place that knows both; each is
 * loaded only when a command needs it.
 */
import { installLastResort } from './main/last-resort.js';
import { main } from './main/main.js';

const argv = process.argv.slice(2);
installLastResort(argv.includes('--debug'));

process.exitCode = await main(argv, {
  openEngine: async (options) => (await import('./main/engine/engine.js')).openEngine(options),
  runTracker: async (launch, environment) =>
    (await import('./tracker/run-tracker.js')).runTracker(launch, environment),
});
