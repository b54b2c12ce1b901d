/** Runs a tracker on the folder given as argument and a free port; see tracker-process.ts. */
import { runTracker } from '../../src/tracker/run-tracker.js';

const [dataDir = ''] = process.argv.slice(2);
process.exitCode = await runTracker(
  { host: '127.0.0.1', port: 0, dataDir, peerTransport: 'tls', logFormat: 'json' },
  { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
);
