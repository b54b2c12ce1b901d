/** The limit program (limit.cpp): what this machine can do when nothing is in the way. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { limitProgram, limitSource } from '../paths.js';
import { canRun, Processes } from '../processes.js';

export type SendVariant = 'send' | 'sendfile';

/** As many as two cores keep busy; more were not faster. */
const CONNECTION_COUNT = 2;

export function limit(source: Source, variant: SendVariant): Contestant {
  return {
    name: limitName(variant),
    about: 'SHA-1, clear',
    missing: limitMissing,
    open: (stage) => open(source, variant, stage),
  };
}

export function limitName(variant: SendVariant): string {
  return variant === 'send' ? 'limit (C++)' : 'limit (C++, sendfile)';
}

/** Builds the program when it is not there or older than its source. */
export async function limitMissing(): Promise<string | undefined> {
  const [built, source] = await Promise.all([modifiedMs(limitProgram), modifiedMs(limitSource)]);
  if (built > source) return undefined;
  if (!(await canRun('g++', ['--version']))) return 'no g++; npm run bench:setup installs it';
  await mkdir(dirname(limitProgram), { recursive: true });
  const flags = ['-std=c++17', '-O2', '-pthread'];
  const args = [...flags, limitSource, '-lcrypto', '-o', limitProgram];
  try {
    await new Processes().run({ program: 'g++', args });
    return undefined;
  } catch (error) {
    const words = (error as Error).message.slice(0, 300);
    return `g++ could not build it (npm run bench:setup installs libssl-dev): ${words}`;
  }
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

async function open(
  source: Source,
  variant: SendVariant,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const file = join(source.folder, source.names[0]!);
  const hashes = join(folder, 'hashes');
  const pieceLength = String(source.pieceLength);
  await processes.run({ program: limitProgram, args: ['hash', file, pieceLength, '2', hashes] });
  const args = ['serve', file, ...(variant === 'sendfile' ? ['sendfile'] : [])];
  const line = await processes.start({ program: limitProgram, args }).nextLine();
  const { port } = JSON.parse(line) as { port: number };
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const out = join(destination, source.names[0]!);
    const numbers = [source.size, pieceLength, CONNECTION_COUNT].map(String);
    const fetchArgs = ['fetch', String(port), out, ...numbers, hashes];
    const finished = await processes.run({ program: limitProgram, args: fetchArgs });
    await requireSameBytes(source, destination);
    await emptyFolder(destination);
    const { steadyMs } = JSON.parse(finished.stdout) as { steadyMs: number };
    return {
      coldMBps: megabytesPerSecond(source.size, finished.elapsedMs),
      steadyMBps: megabytesPerSecond(source.size, steadyMs),
      peakMB: finished.peakBytes / 1e6,
    };
  };
}
