/** What figures mean nothing without: machine, commit, versions, date. */
import { cpus, release, totalmem } from 'node:os';
import { projectFolder } from './paths.js';
import { Processes } from './processes.js';

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The first number that looks like a version in what each rival says of itself. */
const VERSION_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  libtorrent: ['/usr/bin/python3', '-c', 'import libtorrent; print(libtorrent.version)'],
  aria2: ['aria2c', '--version'],
  Syncthing: ['syncthing', '--version'],
  nginx: ['sh', '-c', '/usr/sbin/nginx -v 2>&1'],
  curl: ['curl', '--version'],
  'g++': ['g++', '-dumpfullversion'],
};

export async function describeMachine(): Promise<Machine> {
  return {
    date: new Date().toISOString(),
    commit: await commit(),
    node: process.versions.node,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    versions: await versions(),
  };
}

/** One line for people. */
export function machineLine(machine: Machine): string {
  const { processor, cores, memoryGiB, kernel, node, commit, date } = machine;
  return (
    `${processor}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; ` +
    `commit ${commit}, ${date.slice(0, 16).replace('T', ' ')} UTC`
  );
}

async function commit(): Promise<string> {
  const id = await output(['git', '-C', projectFolder, 'rev-parse', '--short', 'HEAD']);
  if (id === undefined) return 'unknown';
  const changes = await output(['git', '-C', projectFolder, 'status', '--porcelain', '-uno']);
  return changes === '' ? id : `${id} with changes`;
}

async function versions(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, command] of Object.entries(VERSION_COMMANDS)) {
    const version = /\d+(\.\d+)+/.exec((await output(command)) ?? '')?.[0];
    if (version !== undefined) found[name] = version;
  }
  return found;
}

async function output([program, ...args]: readonly string[]): Promise<string | undefined> {
  try {
    return (await new Processes().run({ program: program!, args })).stdout.trim();
  } catch {
    return undefined;
  }
}
