/**
 * The product with a file at both ends, and with a pipe at both ends: `upload` and then `download`, which together are
 * what somebody waits for, because nobody can download what is not yet shared. Before each there is used memory for all
 * of it, because what the other one has left would decide.
 */
import { join } from 'node:path';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { alwaysThere, type Contestant, type Metrics, type Stage } from '../contestant.js';
import { emptyFolder, requireSameBytes, warmMemory, type Source } from '../files.js';
import { megabytesPerSecond } from '../metrics.js';
import { productProgram } from '../paths.js';
import type { Finished } from '../processes.js';
import { GROUP, ProductSwarm } from '../product-swarm.js';

/** Scripts of bash; the command of the product stands for "$@". */
const FROM_PIPE = 'cat "$BENCH_FILE" | "$@"';
const TO_PIPE = '"$@" | cat > /dev/null';
const TO_COMPARE = '"$@" | cmp - "$BENCH_FILE"';

const SHARER = 'sam';
const FETCHER = 'zoe';

export interface PipedOptions {
  readonly transport: PeerTransport;
  readonly ends: 'files' | 'pipes';
  /** What tells it from other versions of the product in the same case. */
  readonly label?: string;
  /** @default the product of this project */
  readonly program?: string;
}

export function pipedName({ transport, ends, label }: PipedOptions): string {
  return `${label === undefined ? 'p2p' : `p2p ${label}`}, ${ends} (${transport})`;
}

export function piped(source: Source, options: PipedOptions): Contestant {
  return {
    name: pipedName(options),
    about:
      options.transport === 'tls' ? 'SHA-1, TLS 1.3, on the disk' : 'SHA-1, clear, on the disk',
    isProduct: true,
    missing: alwaysThere,
    open: (stage) => open(source, options, stage),
  };
}

async function open(
  source: Source,
  { transport, ends, program = productProgram }: PipedOptions,
  { folder, processes }: Stage,
): Promise<() => Promise<Metrics>> {
  const members = [SHARER, FETCHER];
  const swarm = await ProductSwarm.open({ program, folder, processes, transport, members });
  await swarm.serve(SHARER);
  const file = join(source.folder, source.names[0]!);
  const env = { BENCH_FILE: file };
  const passage = { source, folder, swarm, file, env };
  let round = 0;
  const run = (isCompared: boolean): Promise<[Finished, Finished]> => {
    const name = `bench-${++round}`;
    return ends === 'files' ? byFiles(passage, name) : byPipes(passage, name, isCompared);
  };
  // Comparing takes a processor from whoever is measured; so it is done once, before.
  await run(true);
  return async () => {
    const [shared, fetched] = await run(false);
    return {
      coldMBps: megabytesPerSecond(source.size, shared.elapsedMs + fetched.elapsedMs),
      shareMs: shared.elapsedMs,
      fetchMs: fetched.elapsedMs,
      peakMB: Math.max(shared.peakBytes, fetched.peakBytes) / 1e6,
    };
  };
}

interface Passage {
  readonly source: Source;
  readonly folder: string;
  readonly swarm: ProductSwarm;
  readonly file: string;
  readonly env: { readonly BENCH_FILE: string };
}

async function byFiles(passage: Passage, name: string): Promise<[Finished, Finished]> {
  const { source, folder, swarm, file } = passage;
  const destination = await emptyFolder(join(folder, 'out'));
  await warmMemory(folder, source.size);
  const shared = await swarm.run(SHARER, ['upload', file, GROUP, '--as', name]);
  const out = join(destination, source.names[0]!);
  await warmMemory(folder, source.size);
  const fetched = await swarm.run(FETCHER, ['download', GROUP, name, out, '--quiet']);
  await requireSameBytes(source, destination);
  for (const who of [SHARER, FETCHER]) await swarm.run(who, ['stop-share', GROUP, name]);
  await emptyFolder(destination);
  return [shared, fetched];
}

async function byPipes(
  { source, folder, swarm, env }: Passage,
  name: string,
  isCompared: boolean,
): Promise<[Finished, Finished]> {
  const upload = ['upload', '-', GROUP, '--as', name, '--quiet'];
  await warmMemory(folder, source.size);
  const shared = await swarm.run(SHARER, upload, { env, script: FROM_PIPE });
  const download = ['download', GROUP, name, '-o', '-', '--quiet'];
  const script = isCompared ? TO_COMPARE : TO_PIPE;
  await warmMemory(folder, source.size);
  const fetched = await swarm.run(FETCHER, download, { env, script });
  // What was taken from the pipe goes with it.
  await swarm.run(SHARER, ['stop-share', GROUP, name]);
  return [shared, fetched];
}
