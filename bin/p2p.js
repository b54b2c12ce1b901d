#!/usr/bin/env node
// Puts the parts of the product together. The tracker and the client do not import each other
// (see docs/architecture.md), so this is the one place that knows both; each is loaded only
// when a command needs it.
import { main } from '../dist/src/main/main.js';

process.exitCode = await main(process.argv.slice(2), {
  openEngine: async (options) =>
    (await import('../dist/src/main/engine/engine.js')).openEngine(options),
  runTracker: async (launch, environment) =>
    (await import('../dist/src/tracker/run-tracker.js')).runTracker(launch, environment),
});
