/**
 * One run of a hook: a process without a shell, without a terminal and without our input, in a group of its own, so that
 * it ends with all that it has started in that group. Owns the process until it has ended. Life: started → (asked to end
 * → ended by force) → over.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { HOOK_END_GRACE_MS, HOOK_OUTPUT_WAIT_MS, HOOK_TIME_LIMIT_MS } from '../../net/limits.js';
import { deferred, type Deferred } from '../../net/deferred.js';
import { laterByTimer, type Later } from '../../net/later.js';
import { systemFaultOf } from '../../net/system-errors.js';
import { OutputLines } from './output-lines.js';

export interface HookProcessOptions {
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Hears what it prints, line by line. */
  readonly onLine: (line: string) => void;
  /** @default the timers of this process */
  readonly later?: Later;
}

/** How it went. */
export type HookEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: string }
  /** It ran for too long. */
  | { readonly kind: 'late' }
  /** Whoever had it run has ended. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'not-started'; readonly reason: string };

const HAS_GROUPS = process.platform !== 'win32';

export class HookProcess {
  /** Never rejects. */
  readonly ended: Promise<HookEnd>;
  readonly #ended: Deferred<HookEnd>;
  readonly #later: Later;
  readonly #child: ChildProcess | undefined;
  #why: 'late' | 'stopped' | undefined;
  #endGrace: (() => void) | undefined;

  constructor({ words, env, cwd, onLine, later = laterByTimer }: HookProcessOptions) {
    this.#later = later;
    this.#ended = deferred();
    this.ended = this.#ended.promise;
    const [program, ...args] = words;
    try {
      this.#child = spawn(program, args, {
        ...{ cwd, env, shell: false, windowsHide: true },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: HAS_GROUPS,
      });
    } catch (error) {
      // So some failures of the system come.
      this.#ended.resolve(notStarted(error));
      return;
    }
    this.#follow(this.#child, onLine);
  }

  /** Asks it to end, and ends it when it does not. */
  stop(why: 'late' | 'stopped' = 'stopped'): void {
    if (this.#why !== undefined || this.#child === undefined) return;
    this.#why = why;
    this.#signal('SIGTERM');
    this.#endGrace = this.#later(HOOK_END_GRACE_MS, () => this.#signal('SIGKILL'));
  }

  /** Ends it and its group at once, for a process that ends itself now. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #follow(child: ChildProcess, onLine: (line: string) => void): void {
    for (const stream of [child.stdout, child.stderr]) {
      const lines = new OutputLines(onLine);
      stream?.on('data', (bytes: Buffer) => lines.onBytes(bytes));
      stream?.once('close', () => lines.onEnd());
      // What cannot be read any more is not said.
      stream?.on('error', () => undefined);
    }
    const endLimit = this.#later(HOOK_TIME_LIMIT_MS, () => this.stop('late'));
    const settle = (end: HookEnd): void => {
      endLimit();
      this.#endGrace?.();
      this.#ended.resolve(end);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) settle(notStarted(error));
    });
    child.once('exit', (status, signal) => {
      // What it has started in its group was asked to end as well, and nobody is there any more who would wait for it.
      if (this.#why !== undefined) killGroup(child);
      // Others that it has started may keep its output open, as those do that go on by themselves.
      const cut = this.#later(HOOK_OUTPUT_WAIT_MS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      child.once('close', () => {
        cut();
        settle(this.#endAs(status, signal));
      });
    });
  }

  #endAs(status: number | null, signal: string | null): HookEnd {
    if (this.#why !== undefined) return { kind: this.#why };
    if (signal !== null) return { kind: 'killed', signal };
    return { kind: 'exited', status: status ?? 1 };
  }

  /** To the whole group, as long as its first process is there: its number is nobody else's then. */
  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      if (HAS_GROUPS) process.kill(-pid, name);
      else this.#child?.kill(name);
    } catch {
      // It has just ended.
    }
  }
}

/** Of a process that has ended just now, while its number cannot be another's yet. */
function killGroup({ pid }: ChildProcess): void {
  if (!HAS_GROUPS || pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function notStarted(error: unknown): HookEnd {
  return { kind: 'not-started', reason: systemFaultOf(error, 'read').advice };
}
