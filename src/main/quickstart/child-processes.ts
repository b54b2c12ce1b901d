/**
 * Runs `p2p` as child processes, each with a home of its own, as a user with several terminals
 * would. Owns every child it starts: `closeAll` leaves none behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { TrackerError } from '../../net/errors.js';
import { inPackage } from '../../net/package-root.js';

const STDOUT_FD = 1;
const STDERR_FD = 2;
const PROGRAM = inPackage('bin/p2p.js');
/** Time for a child to close cleanly before it is killed. */
const CLOSE_TIMEOUT_MS = 10_000;
/** Characters of a child's last words that are kept for an error message. */
const MAX_KEPT_CHARACTERS = 64 * 1024;

/** What one child runs with. */
export interface ChildSetup {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The `p2p` processes of one demonstration. */
export class ChildProcesses {
  readonly #children = new Set<ChildProcess>();
  /** What is in view goes where this process prints. */
  readonly #viewFd: typeof STDOUT_FD | typeof STDERR_FD;

  /** `isForPrograms`: standard output is for one value, and what is in view for people beside it. */
  constructor({ isForPrograms = false } = {}) {
    this.#viewFd = isForPrograms ? STDERR_FD : STDOUT_FD;
  }

  /** Runs a command to its end and answers what it printed. */
  async run(setup: ChildSetup): Promise<string> {
    const child = this.#spawn(setup, ['ignore', 'pipe', 'pipe']);
    let printed = '';
    let complaint = '';
    child.stdout!.on('data', (text: Buffer) => (printed = kept(printed + text.toString())));
    child.stderr!.on('data', (text: Buffer) => (complaint = kept(complaint + text.toString())));
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw failed(setup, status, complaint);
    return printed;
  }

  /** Runs a command on our own terminal, so that its progress is seen. */
  async runInView(setup: ChildSetup): Promise<void> {
    const child = this.#spawn(setup, ['inherit', this.#viewFd, 'inherit']);
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw failed(setup, status, '');
  }

  /** Starts a command that stays, and answers the first line it prints. */
  async start(setup: ChildSetup): Promise<string> {
    const child = this.#spawn(setup, ['ignore', 'pipe', 'pipe']);
    let complaint = '';
    child.stderr!.on('data', (text: Buffer) => (complaint = kept(complaint + text.toString())));
    const lines = createInterface({ input: child.stdout! });
    const ended = once(child, 'close').then(([status]) => {
      throw failed(setup, status as number | null, complaint);
    });
    // When the first line came in time, a later end is no failure of the start.
    ended.catch(() => undefined);
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return line;
  }

  /** Ends every child that still runs; idempotent. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#children].map(closeChild));
  }

  #spawn(
    { args, env }: ChildSetup,
    stdio: ('ignore' | 'pipe' | 'inherit' | number)[],
  ): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }
}

async function closeChild(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
  child.kill('SIGTERM');
  await closed;
  clearTimeout(timer);
}

function kept(text: string): string {
  return text.slice(-MAX_KEPT_CHARACTERS);
}

function failed(setup: ChildSetup, status: number | null, complaint: string): TrackerError {
  const lines = complaint.trim().split('\n');
  const reason = lines.findLast((line) => line.startsWith('error: ')) ?? lines.at(-1) ?? '';
  const words = reason === '' ? '' : `: ${reason.replace(/^error: /, '')}`;
  return new TrackerError('INTERNAL', `p2p ${setup.args.join(' ')} ended with ${status}${words}`);
}
