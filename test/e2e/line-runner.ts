/**
 * Command lines of `p2p` without a process for each: one process carries them out, one after the other
 * (carried-lines.ts), with the bundled program, homes of their own and real sockets. For tests of what a command
 * answers; what a process does (signals, terminals, pipes, its end) is for p2p-process.ts.
 *
 * Nothing is left open between two lines. What its own process would have closed by ending is closed so here as well:
 * a process in which a line has left something, or that a line has ended, carries out no other one.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import type { Carried, Line } from './carried-lines.js';
import { surroundingsOf, type Ended, type Setup } from './p2p-process.js';

const CARRIER = inPackage('dist/test/e2e/carried-lines.js');

/** The process that carries them out. */
interface Carrier {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
}

/** Runs command lines as `runP2p` does, in the order in which they come. */
export class LineRunner {
  readonly #env: Readonly<Record<string, string>>;
  #carrier: Carrier | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `env` is for what Node itself reads when it starts. */
  constructor(t: Pick<Test, 'teardown'>, env: Readonly<Record<string, string>> = {}) {
    this.#env = env;
    t.teardown(() => this.#endCarrier());
  }

  /** Runs a command to its end. */
  readonly run = (setup: Omit<Setup, 'program'>): Promise<Ended> => {
    const ended = this.#last.then(() => this.#carryOut(setup));
    this.#last = ended.catch(() => undefined);
    return ended;
  };

  async #carryOut({
    home,
    args,
    cwd = home,
    env,
    input = '',
  }: Omit<Setup, 'program'>): Promise<Ended> {
    const { child, closed } = (this.#carrier ??= this.#start());
    let said = '';
    const onText = (text: string): void => void (said += text);
    child.stderr!.on('data', onText);
    const carried = once(child, 'message');
    const around = surroundingsOf(home, { ...this.#env, ...env });
    const line: Line = { args, cwd, env: around, input };
    child.send(line);
    const isAnswered = await Promise.race([carried.then(() => true), closed.then(() => false)]);
    child.stderr!.off('data', onText);
    if (!isAnswered) {
      this.#carrier = undefined;
      return { status: child.exitCode, stdout: '', stderr: said };
    }
    const [{ status, stdout, stderr, left }] = (await carried) as [Carried];
    if (left.length > 0) await this.#endCarrier();
    return { status, stdout: asLines(stdout), stderr: asLines(stderr) };
  }

  async #endCarrier(): Promise<void> {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    this.#carrier = undefined;
    carrier.child.kill('SIGKILL');
    await carrier.closed;
  }

  #start(): Carrier {
    const env = { ...process.env, ...this.#env };
    // Warnings are told among what the line says.
    const execArgv = ['--no-warnings', '--expose-gc'];
    const child = fork(CARRIER, { env, execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.stderr!.setEncoding('utf8');
    return { child, closed: once(child, 'close') };
  }
}

/** As p2p-process.ts reads them. */
function asLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
}
