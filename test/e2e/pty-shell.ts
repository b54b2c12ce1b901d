/**
 * A bash with job control on a terminal of its own, made by `script` of util-linux. What is typed goes in, what
 * the terminal would show comes out; closing it closes the terminal, with everything that the system does then.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';

/** False where there is no `script` or no bash. */
export const hasPtyShell = ['script', 'bash'].every(
  (name) => spawnSync(name, ['--version']).status === 0,
);

export class PtyShell {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #text = '';
  #from = 0;
  #wake: () => void = () => undefined;

  constructor(t: Pick<Test, 'teardown'>, home: string, env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn('script', ['-qfec', 'bash --norc --noprofile -i', '/dev/null'], {
      cwd: home,
      env: {
        PATH: process.env['PATH'],
        P2P_HOME: home,
        NODE: process.execPath,
        P2P: inPackage('bin/p2p.js'),
        FAKE: inPackage('dist/test/main/fake-p2p.js'),
        TERM: 'xterm',
        ...env,
      },
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdout!.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      this.#wake();
    });
    this.#child.stdin!.on('error', () => undefined);
    this.#child.setMaxListeners(0);
    t.teardown(() => this.close());
    // bash has a prompt of its own for root, whatever the environment says.
    this.type("PS1='sh''> '\n");
  }

  /** Types a line at the prompt of the shell. */
  async run(line: string): Promise<void> {
    await this.seen(/sh> /);
    this.type(`${line}\n`);
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Everything shown from the last `seen` up to what matches now. */
  async seen(pattern: RegExp): Promise<string> {
    for (;;) {
      const rest = this.#text.slice(this.#from);
      const match = pattern.exec(rest);
      if (match !== null) {
        const end = match.index + match[0].length;
        this.#from += end;
        return rest.slice(0, end);
      }
      if (this.#child.exitCode !== null) throw new Error(`the shell ended after: ${rest}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#child.once('close', () => resolve());
      });
    }
  }

  /** Closes the terminal as a window does that is closed. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
