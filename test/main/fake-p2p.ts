/**
 * `p2p` as a program, built on the fake engine: for tests that need real processes, sockets
 * and signals but no network. Its arguments are those of `p2p`.
 */
import { main } from '../../src/main/main.js';
import { FakeEngine } from './fake-engine.js';

process.exitCode = await main(process.argv.slice(2), {
  openEngine: (options) => Promise.resolve(new FakeEngine(options)),
  runTracker: () => Promise.resolve(0),
  trackerUpkeep: () => Promise.reject(new Error('not here')),
});
