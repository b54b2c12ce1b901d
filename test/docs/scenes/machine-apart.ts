/**
 * A machine of its own for the people of a scene: a network with the address that the pages name, `/home` with a folder
 * for each person, and processes of which none outlives it. It is made of namespaces of Linux, so that nothing of it is
 * on the real machine; the real `/home` is at `/mnt` in it.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inPackage } from '../../../src/net/package-root.js';
import type { ScreenSize } from './terminal-screen.js';
import { TypedLine } from './typed-line.js';

/** Of the documentation's network (RFC 5737). */
const ADDRESS = '192.0.2.10';

const SET_UP = `set -e
ip link set lo up
ip link add eth0 type veth peer name eth1
for link in eth0 eth1; do ip link set $link addrgenmode none; ip link set $link up; done
ip addr add $ADDRESS/24 dev eth0
mount --rbind /home /mnt
mount --bind "$SCENE" /home
echo ready
exec $STAY`;

const APART = ['-r', '-n', '-m', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-c', SET_UP];

/** In the machine: somebody's terminal, on which one line is run; it fails when any part of it does. */
const SIT_DOWN = `mount --bind "/home/.passwd-$WHO" /etc/passwd && cd "$HOME" &&
exec script -qfec 'set -o pipefail; stty cols $WIDTH rows $HEIGHT; eval "$LINE"' /dev/null`;

export interface Seat extends ScreenSize {
  readonly env?: Readonly<Record<string, string>>;
}

export class MachineApart {
  readonly #folder: string;
  readonly #holder: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines = new Set<TypedLine>();

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.#holder = holder;
    this.#ended = once(holder, 'close');
  }

  /** Why there can be none here, which whoever skips something for it says; undefined where there can. */
  static obstacle(folder: string): string | undefined {
    for (const [program, option] of [
      ['script', '--version'],
      ['bash', '--version'],
      ['nsenter', '--version'],
    ] as const) {
      if (spawnSync(program, [option]).status !== 0) return `there is no ${program}`;
    }
    const { status, stderr, error } = spawnSync('unshare', APART, {
      env: surroundings({ SCENE: seenInside(folder), STAY: 'true' }),
      encoding: 'utf8',
    });
    return status === 0 ? undefined : `no namespaces: ${error?.message ?? stderr.trim()}`;
  }

  /** Makes the machine; the folder becomes its `/home`. */
  static async open(folder: string, people: readonly string[]): Promise<MachineApart> {
    await mkdir(join(folder, '.bin'));
    const program = `exec '${seenInside(process.execPath)}' '${seenInside(inPackage('bin/p2p.js'))}' "$@"`;
    await writeFile(join(folder, '.bin', 'p2p'), `#!/bin/sh\n${program}\n`);
    await chmod(join(folder, '.bin', 'p2p'), 0o755);
    for (const who of people) {
      await mkdir(join(folder, who), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, `.passwd-${who}`), `${who}:x:0:0::/home/${who}:/bin/bash\n`);
    }
    const holder = spawn('unshare', APART, {
      // It ends with this process, however that ends: its input does then.
      env: surroundings({ SCENE: seenInside(folder), STAY: 'cat' }),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const machine = new MachineApart(folder, holder);
    await Promise.race([
      once(holder.stdout, 'data'),
      machine.#ended.then(() => Promise.reject(new Error('the machine did not start'))),
    ]);
    return machine;
  }

  /** The path of something in somebody's folder, from outside. */
  path(...names: string[]): string {
    return join(this.#folder, ...names);
  }

  /** Runs a line on a terminal of its own. */
  run(who: string, line: string, { columns, rows, env = {} }: Seat): TypedLine {
    const { pid } = this.#holder;
    const into = ['-t', String(pid), '-U', '-n', '-m', '--preserve-credentials'];
    const child = spawn(
      'nsenter',
      [
        ...into,
        `--pid=/proc/${pid}/ns/pid_for_children`,
        ...['unshare', '-m', 'sh', '-c', SIT_DOWN],
      ],
      {
        env: {
          ...surroundings({ WHO: who, LINE: line, WIDTH: String(columns), HEIGHT: String(rows) }),
          PATH: `/home/.bin:${process.env['PATH'] ?? ''}`,
          HOME: `/home/${who}`,
          ...env,
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    const typed = new TypedLine(child, { columns, rows });
    this.#lines.add(typed);
    return typed;
  }

  /** Ends every process in it. */
  async close(): Promise<void> {
    this.#holder.kill('SIGKILL');
    await this.#ended;
    await Promise.all([...this.#lines].map((line) => line.ended));
  }
}

function surroundings(more: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    SHELL: '/bin/bash',
    TERM: 'xterm',
    LANG: 'C.UTF-8',
    TZ: noonZone(),
    ADDRESS,
    P2P_SYSTEM_CONFIG: '',
    ...more,
  };
}

/** Where it is between noon and one now: what holds from an hour to another is the same whenever this runs. */
function noonZone(): string {
  // The sign is that of POSIX: west of Greenwich is more.
  return `NOON${new Date().getUTCHours() - 12}`;
}

/** Where something of the real machine lies in this one. */
function seenInside(path: string): string {
  return path.replace(/^\/home(?=\/)/, '/mnt');
}
