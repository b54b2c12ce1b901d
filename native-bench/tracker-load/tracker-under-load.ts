/** The tracker that is measured, as its operators run it, and what of it is read from outside. */
import { readFileSync } from 'node:fs';
import { processorMs } from './processor-time.js';
import type { Processes, Running } from '../processes.js';

export interface TrackerCommand {
  /** Path of bin/p2p.js of the version that is measured. */
  readonly program: string;
  readonly dataDir: string;
  /** Options of Node, before the program. @default none */
  readonly nodeArgs?: readonly string[];
  /** What its environment has besides. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

export class TrackerUnderLoad {
  readonly #processes: Processes;
  readonly #command: TrackerCommand;
  #running: Running | undefined;
  #port = 0;

  constructor(processes: Processes, command: TrackerCommand) {
    this.#processes = processes;
    this.#command = command;
  }

  get port(): number {
    return this.#port;
  }

  /** Processor time of the process so far. */
  get processorMs(): number {
    return processorMs(this.#running!.pid);
  }

  /** What of the process is in memory now. */
  get residentKiB(): number {
    const status = readFileSync(`/proc/${this.#running!.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  /** Starts it, at the port it had before if it was started before. */
  async start(): Promise<void> {
    const { program, dataDir, nodeArgs = [], env = {} } = this.#command;
    const args = ['tracker', '127.0.0.1', String(this.#port), '--data', dataDir];
    this.#running = this.#processes.start({
      program: process.execPath,
      args: [...nodeArgs, program, ...args],
      env,
    });
    const line = await this.#running.nextLine();
    const port = /:(\d+)\b/.exec(line)?.[1];
    if (port === undefined) throw new Error(`the tracker said "${line}"`);
    this.#port = Number(port);
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    const running = this.#running!;
    process.kill(running.pid, 'SIGTERM');
    await running.stop();
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    const running = this.#running!;
    process.kill(running.pid, 'SIGKILL');
    await running.stop();
  }
}
