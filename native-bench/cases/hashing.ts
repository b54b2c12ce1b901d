/** Hashing a file that lies in the page cache, as sharing it does: all cores, all engines. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HasherName } from '../../src/workers/messages/thread.js';
import {
  alwaysThere,
  type BenchCase,
  type Contestant,
  type Metrics,
  type Stage,
} from '../contestant.js';
import { limitMissing } from '../contestants/limit.js';
import { makeFile, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { limitProgram, productProgram } from '../paths.js';
import { canRun } from '../processes.js';
import { GROUP, ProductSwarm } from '../product-swarm.js';

const ENGINES: readonly HasherName[] = ['wasm', 'native', 'hash-wasm'];
const CORE_COUNT = cpus().length;
const REFERENCE = `limit (C++, ${CORE_COUNT} threads)`;

export function hashing(size: number): BenchCase {
  return {
    name: 'hashing',
    title: `SHA-1 of the pieces of a cached file of ${size / 2 ** 20} MiB`,
    reference: REFERENCE,
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), size);
      const file = join(source.folder, source.names[0]!);
      return [
        limitHashing(source, file),
        ...ENGINES.map((engine) => poolHashing(source, file, engine)),
        engineInPlace(source),
        uploadCommand(source, file),
        sha1sum(source, file),
      ];
    },
  };
}

function limitHashing(source: Source, file: string): Contestant {
  const args = ['hash', file, String(source.pieceLength), String(CORE_COUNT)];
  return {
    name: REFERENCE,
    about: 'OpenSSL',
    missing: limitMissing,
    open:
      async ({ processes }) =>
      async () => {
        const finished = await processes.run({ program: limitProgram, args });
        return rates(source, finished.elapsedMs, finished.stdout, finished.peakBytes);
      },
  };
}

/** The product's transfer threads, in a process that does nothing else. */
function poolHashing(source: Source, file: string, engine: HasherName): Contestant {
  const script = fileURLToPath(new URL('../hash-file.js', import.meta.url));
  const args = [script, file, String(source.pieceLength), engine];
  return {
    name: `p2p threads (${engine})`,
    about: `${CORE_COUNT} threads`,
    isProduct: true,
    missing: alwaysThere,
    open:
      async ({ processes }) =>
      async () => {
        const finished = await processes.run({ program: process.execPath, args });
        return rates(source, finished.elapsedMs, finished.stdout, finished.peakBytes);
      },
  };
}

/** One thread, in memory: nothing but the engine. */
function engineInPlace(source: Source): Contestant {
  const script = fileURLToPath(new URL('../engine-rate.js', import.meta.url));
  const args = [script, String(source.size), 'wasm'];
  return {
    name: 'p2p engine (wasm)',
    about: 'one thread, in memory',
    isProduct: true,
    missing: alwaysThere,
    open:
      async ({ processes }) =>
      async () => {
        const finished = await processes.run({ program: process.execPath, args });
        return rates(source, finished.elapsedMs, finished.stdout, finished.peakBytes);
      },
  };
}

function uploadCommand(source: Source, file: string): Contestant {
  return {
    name: 'p2p upload',
    about: 'whole command, tracker included',
    isProduct: true,
    missing: alwaysThere,
    open: (stage) => openUpload(source, file, stage),
  };
}

async function openUpload(source: Source, file: string, { folder, processes }: Stage) {
  const members = ['alice'];
  const options = {
    program: productProgram,
    folder,
    processes,
    transport: 'tls',
    members,
  } as const;
  const swarm = await ProductSwarm.open(options);
  return async (): Promise<Metrics> => {
    const finished = await swarm.run('alice', ['upload', file, GROUP, '--quiet']);
    await swarm.run('alice', ['stop-share', GROUP, source.names[0]!]);
    return rates(source, finished.elapsedMs, '{}', finished.peakBytes);
  };
}

function sha1sum(source: Source, file: string): Contestant {
  return {
    name: 'sha1sum',
    about: 'one thread, one hash',
    missing: async () =>
      (await canRun('sha1sum', ['--version'])) ? undefined : 'no sha1sum on this machine',
    open:
      async ({ processes }) =>
      async () => {
        const finished = await processes.run({ program: 'sha1sum', args: [file] });
        return rates(source, finished.elapsedMs, '{}', finished.peakBytes);
      },
  };
}

function rates({ size }: Source, elapsedMs: number, json: string, peakBytes: number): Metrics {
  const { steadyMs } = JSON.parse(json) as { steadyMs?: number };
  return {
    coldMBps: megabytesPerSecond(size, elapsedMs),
    ...(steadyMs === undefined ? {} : { steadyMBps: megabytesPerSecond(size, steadyMs) }),
    peakMB: peakBytes / 1e6,
  };
}
