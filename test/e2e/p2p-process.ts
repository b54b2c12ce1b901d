/**
 * `p2p` as a user runs it: a process of the bundled program with a home of its own, driven
 * through pipes. Waits for lines, never for time. Every process it starts is gone after the
 * test that asked for it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';

const PROGRAM = inPackage('bin/p2p.js');

/** Of what a command says beside its answer: nothing, but for what it waits for where a machine is very busy. */
export const NOTHING_SAID = /^(?:.*\bwaiting for (?:it|the|what)\b.*\n?)*$/;

export interface Setup {
  /** The folder of this client. */
  readonly home: string;
  /** @default the real one */
  readonly program?: string;
  readonly args: readonly string[];
  /** Relative paths start here. @default the home */
  readonly cwd?: string;
  /** More than the home. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; without it the input stays open. */
  readonly input?: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The variables of a command of that home: nothing of the surroundings may decide what a test sees. */
export function surroundingsOf(
  home: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const around = Object.entries(process.env).flatMap(([name, value = '']) =>
    name.startsWith('P2P_') ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(around), P2P_HOME: home, P2P_SYSTEM_CONFIG: '', ...env };
}

/** The lines that one stream has printed so far. */
class Lines {
  readonly all: string[] = [];
  #wake: () => void = () => undefined;

  push(line: string): void {
    this.all.push(line);
    this.#wake();
  }

  /** The place of the first line from `start` on that matches. */
  async find(pattern: RegExp, start = 0): Promise<number> {
    for (;;) {
      const index = this.all.findIndex((line, place) => place >= start && pattern.test(line));
      if (index !== -1) return index;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** One running `p2p`. */
export class P2pProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #stdout = new Lines();
  readonly #stderr = new Lines();
  #asked = 0;

  constructor(
    t: Pick<Test, 'teardown'>,
    { home, args, cwd = home, env, input, program = PROGRAM }: Setup,
  ) {
    this.child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: surroundingsOf(home, env),
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.#stdout.push(line));
    createInterface({ input: this.child.stderr! }).on('line', (line) => this.#stderr.push(line));
    this.ended = once(this.child, 'close').then(([status]) => ({
      status: status as number | null,
      stdout: this.#stdout.all.join('\n'),
      stderr: this.#stderr.all.join('\n'),
    }));
    // A child that ends early is noticed by what it did not print.
    this.child.stdin!.on('error', () => undefined);
    if (input !== undefined) this.child.stdin!.end(input);
    t.teardown(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  /** The first line of standard output that matches. */
  async printed(pattern: RegExp): Promise<string> {
    return this.#foundIn(this.#stdout, pattern);
  }

  /** The first line of standard error that matches. */
  async noted(pattern: RegExp): Promise<string> {
    return this.#foundIn(this.#stderr, pattern);
  }

  /** What the interactive client answers to one line; it must be reading lines. */
  async ask(line: string): Promise<string[]> {
    const start = this.#stdout.all.length;
    // Commands run one after another, so that what answers this one comes after the answer.
    const mark = `mark-${++this.#asked}`;
    this.child.stdin!.write(`${line}\n${mark}\n`);
    const end = await this.#within(
      this.#stdout.find(new RegExp(`^error: unknown command "${mark}"`), start),
      `an answer to ${line}`,
    );
    return this.#stdout.all.slice(start, end);
  }

  /** Ends its input, as a closed pipe or Ctrl-D does. */
  async endInput(): Promise<Ended> {
    this.child.stdin!.end();
    return this.ended;
  }

  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  async #foundIn(lines: Lines, pattern: RegExp): Promise<string> {
    return lines.all[await this.#within(lines.find(pattern), String(pattern))]!;
  }

  #within(found: Promise<number>, what: string): Promise<number> {
    const tooEarly = this.ended.then(({ status, stderr }) => {
      throw new Error(`p2p ended with ${status} before ${what}: ${stderr}`);
    });
    tooEarly.catch(() => undefined);
    // What was printed last may be read after the end was noticed: the lines win.
    return Promise.race([found, tooEarly]);
  }
}

/** Runs a command to its end. */
export function runP2p(t: Pick<Test, 'teardown'>, setup: Setup): Promise<Ended> {
  return new P2pProcess(t, { input: '', ...setup }).ended;
}

/** A tracker on a free port or on the given one. */
export async function startTracker(
  t: Pick<Test, 'teardown'>,
  home: string,
  port = 0,
  options: readonly string[] = [],
): Promise<{ tracker: P2pProcess; port: number }> {
  const args = ['tracker', '127.0.0.1', String(port), ...options];
  const tracker = new P2pProcess(t, { home, args });
  const line = await tracker.printed(/^tracker listening on /);
  return { tracker, port: Number(/:(\d+), identity [0-9a-f]{64}$/.exec(line)?.[1]) };
}

/** An interactive client on a free port. */
export function startClient(t: Test, home: string, trackerPort: number): P2pProcess {
  const args = ['client', '127.0.0.1', '0', '127.0.0.1', String(trackerPort)];
  return new P2pProcess(t, { home, args });
}

/** Of what runs in the background for a home; it is gone after the test. */
export async function backgroundPid(t: Test, home: string): Promise<number> {
  const pid = Number(await readFile(join(home, 'engine.pid'), 'utf8'));
  t.teardown(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  });
  return pid;
}
