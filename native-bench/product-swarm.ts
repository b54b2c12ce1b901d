/**
 * The product as its users run it: a tracker process, a home and a `p2p serve` process for each
 * member, and commands of the ordinary command line. Everything lives in one folder.
 */
import { join } from 'node:path';
import type { PeerTransport } from '../src/net/tracker-api.js';
import type { Command, Finished, Processes, Running } from './processes.js';
import { loopback, type Site } from './site.js';

export const GROUP = 'bench';
const PASSWORD = 'correct horse battery staple';
/** What a tracker allows one address by default. */
const ACCOUNTS_PER_DAY = 10;

export interface SwarmOptions {
  /** Path of bin/p2p.js of the version that is measured. */
  readonly program: string;
  readonly folder: string;
  readonly processes: Processes;
  readonly transport: PeerTransport;
  /** The first one owns the group; all are members of it. */
  readonly members: readonly string[];
  /** @default this machine */
  readonly site?: Site;
  /** Members who are where one fetches; the others serve. */
  readonly fetchers?: readonly string[];
}

/** The parts of `p2p download --json` that count here. */
export interface DownloadReport {
  readonly elapsedMs: number;
  readonly phasesMs: {
    readonly connect: number;
    readonly transfer: number;
    readonly finish: number;
  };
  readonly size: number;
  readonly fetched: number;
  readonly reused: number;
  /** Of versions that measure in milliseconds. */
  readonly eventLoopDelayMs?: { readonly p99: number };
  readonly eventLoopDelayUs?: { readonly p99: number };
}

/** The report about one file; versions of before answer it alone. */
export function downloadReport(stdout: string): DownloadReport {
  const answer = JSON.parse(stdout) as DownloadReport & { files?: [DownloadReport] };
  return answer.files?.[0] ?? answer;
}

/** What a run is given beyond the ordinary. */
export interface Extra {
  /** Options of Node, before the program. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What bash runs in its place; the command stands for "$@". */
  readonly script?: string;
}

export class ProductSwarm {
  readonly #options: SwarmOptions;
  #tracker = '';

  private constructor(options: SwarmOptions) {
    this.#options = options;
  }

  /** Starts the tracker and makes accounts and group. */
  static async open(options: SwarmOptions): Promise<ProductSwarm> {
    const swarm = new ProductSwarm(options);
    await swarm.#startTracker();
    await swarm.#makeGroup();
    return swarm;
  }

  /** Runs `p2p` as that member, to its end. */
  run(member: string, args: readonly string[], extra: Extra = {}): Promise<Finished> {
    const { nodeArgs, env, script } = extra;
    const command = this.#command(member, args, nodeArgs);
    const run = script === undefined ? command : inScript(script, command);
    return this.#options.processes.run({ ...run, env: { ...command.env, ...env } });
  }

  /** Shares files with the group and serves them until the end. */
  async shareAndServe(
    member: string,
    paths: readonly string[],
    more: readonly string[] = [],
  ): Promise<Running> {
    await this.run(member, ['upload', ...paths, GROUP]);
    return this.serve(member, more);
  }

  async serve(member: string, more: readonly string[] = []): Promise<Running> {
    const args = ['serve', '--host', this.#site.servingHost, ...more];
    const running = this.#options.processes.start(this.#command(member, args), true);
    await running.nextLine();
    return running;
  }

  /** Bytes that a serving member has sent. */
  async sentBytes(member: string): Promise<number> {
    const { stdout } = await this.run(member, ['status', '--json']);
    return (JSON.parse(stdout) as { sentBytes: number }).sentBytes;
  }

  async #startTracker(): Promise<void> {
    const transport = ['--peer-transport', this.#options.transport];
    const accounts = accountOptions(this.#options.members.length);
    const { servingHost } = this.#site;
    const start = ['tracker', servingHost, '0', ...transport, ...accounts];
    const command = this.#command('tracker', start);
    const line = await this.#options.processes.start(command).nextLine();
    const port = /:(\d+)\b/.exec(line)?.[1];
    if (port === undefined) throw new Error(`the tracker said "${line}"`);
    this.#tracker = `${servingHost}:${port}`;
  }

  async #makeGroup(): Promise<void> {
    const [owner, ...others] = this.#options.members;
    // One after the other: a tracker may slow down many logins from one address at once.
    for (const member of this.#options.members) {
      await this.run(member, ['create-user', member]);
      await this.run(member, ['login', member]);
    }
    await this.run(owner!, ['create-group', GROUP]);
    for (const member of others) {
      await this.run(member, ['join', GROUP]);
      await this.run(owner!, ['accept', GROUP, member]);
    }
  }

  get #site(): Site {
    return this.#options.site ?? loopback;
  }

  #command(member: string, args: readonly string[], nodeArgs: readonly string[] = []): Command {
    const { program, folder, fetchers = [] } = this.#options;
    const env = {
      P2P_HOME: join(folder, `home-${member}`),
      P2P_PASSWORD: PASSWORD,
      P2P_TRACKER: this.#tracker,
    };
    const command = { program: process.execPath, args: [...nodeArgs, program, ...args], env };
    return fetchers.includes(member) ? this.#site.fetching(command) : this.#site.serving(command);
  }
}

/** Fails when any part of the script does. */
function inScript(script: string, { program, args, ...command }: Command): Command {
  const words = ['-o', 'pipefail', '-c', script, 'bash', program, ...args];
  return { ...command, program: 'bash', args: words };
}

/** Everybody here comes from one address; versions before the bound do not know the option. */
function accountOptions(members: number): readonly string[] {
  return members > ACCOUNTS_PER_DAY ? ['--accounts-per-day', `${members}`] : [];
}
