/**
 * Where a transfer thread of a downloader spends its time, and what it allocates: profiles of a
 * real download of a large file, and a page that sums them up, kept in native-bench/profiles.
 * Run: npm run bench:profile [-- --transport tls|tcp] [--dir DIR]
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PeerTransport } from '../src/net/tracker-api.js';
import { emptyFolder, makeFile, requireSameBytes, warmMemory } from './files.js';
import { describeMachine, machineLine } from './machine.js';
import { productProgram, profilesFolder, projectFolder } from './paths.js';
import { Processes } from './processes.js';
import { downloadReport, GROUP, ProductSwarm, type DownloadReport } from './product-swarm.js';
import { summaryOf, type CpuProfile, type HeapProfile } from './profile-summary.js';

const FILE_BYTES = 3 * 2 ** 30;
const HOOK = fileURLToPath(new URL('./profile-hook.js', import.meta.url));
const SEEDER = 'ann';
const DOWNLOADER = 'zoe';

const { values: options } = parseArgs({
  options: {
    transport: { type: 'string', default: 'tcp' },
    dir: { type: 'string', default: projectFolder },
  },
});

interface Profiles {
  readonly cpu: CpuProfile;
  readonly heap: HeapProfile;
}

/** Of the thread that worked most. Paths begin at the project: those of this machine say nothing. */
async function readProfiles(folder: string): Promise<Profiles> {
  const found: Profiles[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.cpuprofile') || name.startsWith('thread-0')) continue;
    const read = async <T>(path: string): Promise<T> =>
      JSON.parse((await readFile(path, 'utf8')).replaceAll(projectFolder, '')) as T;
    const path = join(folder, name);
    const heapPath = path.replace('.cpuprofile', '.heapprofile');
    found.push({ cpu: await read<CpuProfile>(path), heap: await read<HeapProfile>(heapPath) });
  }
  const [busiest] = found.sort((a, b) => busyMs(b.cpu) - busyMs(a.cpu));
  if (busiest === undefined) throw new Error('the download ended before it could be profiled');
  return busiest;
}

function busyMs({ nodes, samples, timeDeltas }: CpuProfile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  );
  return samples.reduce((sum, id, index) => sum + (idle.has(id) ? 0 : timeDeltas[index]!), 0) / 1e3;
}

async function download(scratch: string, transport: PeerTransport): Promise<DownloadReport> {
  const processes = new Processes();
  try {
    const source = await makeFile(join(scratch, 'source'), FILE_BYTES);
    const swarm = await ProductSwarm.open({
      program: productProgram,
      folder: scratch,
      processes,
      transport,
      members: [SEEDER, DOWNLOADER],
    });
    await swarm.shareAndServe(SEEDER, [join(source.folder, source.names[0]!)]);
    const out = await emptyFolder(join(scratch, 'out'));
    const profiles = await emptyFolder(join(scratch, 'profiles'));
    await warmMemory(scratch, FILE_BYTES);
    const args = ['download', GROUP, source.names[0]!, out, '--host', '127.0.0.1', '--quiet'];
    const finished = await swarm.run(DOWNLOADER, [...args, '--json'], {
      nodeArgs: ['--import', HOOK],
      env: { P2P_PROFILES: profiles },
    });
    await requireSameBytes(source, out);
    return downloadReport(finished.stdout);
  } finally {
    await processes.closeAll();
  }
}

const transport: PeerTransport = options.transport === 'tls' ? 'tls' : 'tcp';
const scratch = await mkdtemp(join(resolve(options.dir), '.bench-'));
try {
  const report = await download(scratch, transport);
  const { cpu, heap } = await readProfiles(join(scratch, 'profiles'));
  const bytesPerMs = FILE_BYTES / report.phasesMs.transfer;
  const head = `# Profiles of a transfer thread (${transport})

\`npm run bench:profile -- --transport ${transport}\` on ${machineLine(await describeMachine())}.
`;
  await mkdir(profilesFolder, { recursive: true });
  const name = join(profilesFolder, transport);
  await writeFile(`${name}.md`, head + summaryOf(cpu, heap, bytesPerMs));
  await writeFile(`${name}.cpuprofile`, JSON.stringify(cpu));
  await writeFile(`${name}.heapprofile`, JSON.stringify(heap));
  process.stdout.write(await readFile(`${name}.md`, 'utf8'));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
