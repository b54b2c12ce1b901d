/**
 * The tracker as a process of its own, for tests that kill it: starts the command on a folder
 * and a free port, and waits until it says where it listens.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PeerAddress } from '../../src/net/tracker-api.js';

export interface TrackerProcess {
  readonly child: ChildProcess;
  readonly address: PeerAddress;
  /** Milliseconds from the start of the process to the line that says it listens. */
  readonly readyMs: number;
  /** Kills it without any warning and waits until it is gone. */
  kill(): Promise<void>;
}

const entry = fileURLToPath(new URL('./tracker-entry.js', import.meta.url));

/** Starts a tracker process. @throws Error when it ends before it listens */
export async function startTrackerProcess(dataDir: string): Promise<TrackerProcess> {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [entry, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line') as Promise<[string]>;
  const [line] = await Promise.race([
    ready,
    exited.then(([code]) => Promise.reject(new Error(`the tracker ended with status ${code}`))),
  ]);
  const port = Number(/:(\d+),/.exec(line)?.[1]);
  return {
    child,
    address: { host: '127.0.0.1', port },
    readyMs: performance.now() - startedAtMs,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      lines.close();
    },
  };
}
