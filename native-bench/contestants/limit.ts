/**
 * The limit program (limit.cpp): what this machine can do when nothing is in the way; and the
 * same on Node (node-limit.ts): what is left of it for a program on Node.
 */
import { join } from 'node:path';
import { programMissing } from '../built-program.js';
import type { Contestant, Metrics, Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { limitProgram, limitSource, nodeLimitProgram } from '../paths.js';

export type LimitVariant = 'send' | 'sendfile' | 'node' | 'disk';

/** As many as two cores keep busy; more were not faster. */
const CONNECTION_COUNT = 2;
/** Syncing begins while bytes still come, as the product does; it was faster than at the end. */
const SYNC_EVERY = String(32 * 2 ** 20);

export function limit(source: Source, variant: LimitVariant): Contestant {
  return {
    name: limitName(variant),
    about: 'SHA-1, clear',
    missing: limitMissing,
    open: (stage) => open(source, variant, stage),
  };
}

const NAMES: Readonly<Record<LimitVariant, string>> = {
  send: 'limit (C++)',
  sendfile: 'limit (C++, sendfile)',
  node: 'limit (Node)',
  disk: 'limit (C++, fdatasync)',
};

export function limitName(variant: LimitVariant): string {
  return NAMES[variant];
}

/** Builds the program when it is not there or older than its source. */
export function limitMissing(): Promise<string | undefined> {
  return programMissing(limitProgram, limitSource, ['-lcrypto']);
}

function command(variant: LimitVariant, args: readonly string[]) {
  if (variant !== 'node') return { program: limitProgram, args };
  return { program: process.execPath, args: [nodeLimitProgram, ...args] };
}

async function open(
  source: Source,
  variant: LimitVariant,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const file = join(source.folder, source.names[0]!);
  const hashes = join(folder, 'hashes');
  const pieceLength = String(source.pieceLength);
  await processes.run({ program: limitProgram, args: ['hash', file, pieceLength, '2', hashes] });
  const more = variant === 'sendfile' ? ['sendfile'] : [];
  const line = await processes.start(command(variant, ['serve', file, ...more])).nextLine();
  const { port } = JSON.parse(line) as { port: number };
  return async () => {
    const destination = await emptyFolder(join(folder, 'out'));
    const out = join(destination, source.names[0]!);
    const numbers = [source.size, pieceLength, CONNECTION_COUNT].map(String);
    const sync = variant === 'disk' ? [SYNC_EVERY] : [];
    const fetchArgs = ['fetch', String(port), out, ...numbers, hashes, ...sync];
    const finished = await processes.run(command(variant, fetchArgs));
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
