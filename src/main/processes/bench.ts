/**
 * `bench`: what this machine can do and how much of it a transfer reaches: loopback, disk,
 * SHA-1 and TLS alone, then real transfers. Leaves nothing behind.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ExitStatus, toStorageError, UsageError } from '../../net/errors.js';
import { GiB, MiB } from '../../net/limits.js';
import { benchLines } from '../bench/bench-report.js';
import { bestOf } from '../bench/best-of.js';
import { measureDisk } from '../bench/measure-disk.js';
import { measureHashing } from '../bench/measure-hashing.js';
import { measureLoopback } from '../bench/measure-loopback.js';
import { trialTransfer, type TrialTransfer } from '../bench/trial-transfer.js';
import { verdictOn, type Measurements, type Verdict } from '../bench/verdict.js';
import { textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { ChildProcesses } from '../quickstart/child-processes.js';
import { writeSampleFile } from '../quickstart/sample-file.js';
import { untilAborted } from '../../net/until-aborted.js';
import { parseSize } from '../terminal/quantities.js';

const DEFAULT_SIZE = '256MiB';
/** Less is over before anything is at speed; more says no more. */
const MIN_SIZE = 16 * MiB;
const MAX_SIZE = 64 * GiB;

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { out, environment, signal } = context;
  const size = sizeOf(given);
  const parent = resolve(environment.cwd, textOption(given, 'dir') ?? tmpdir());
  const folder = await makeFolder(parent);
  const children = new ChildProcesses();
  try {
    const measured = await untilAborted(signal, measure(size, folder, children, context));
    const verdicts = measured.transfers.map((transfer) => verdictOn(transfer, measured));
    const transfers = verdicts.map(transferRecord);
    out.result({ ...measured, transfers }, benchLines(measured, verdicts));
  } finally {
    await children.closeAll();
    await rm(folder, { recursive: true, force: true });
  }
  return ExitStatus.ok;
}

/** Numbers are whole for programs. */
function transferRecord({ fraction, ...verdict }: Verdict) {
  return { ...verdict, percentOfCeiling: 100 * fraction };
}

async function measure(
  size: number,
  folder: string,
  children: ChildProcesses,
  { out, environment, signal }: ProcessContext,
): Promise<Measurements> {
  const file = join(folder, 'sample.bin');
  out.note('measuring loopback');
  const tcp = await bestOf(() => measureLoopback('tcp', size, signal));
  const tls = await bestOf(() => measureLoopback('tls', size, signal));
  out.note('measuring the disk');
  const disk = await measureDisk(join(folder, 'disk.bin'), size, signal);
  out.note('measuring SHA-1');
  await writeSampleFile(file, size, signal);
  const hashing = await measureHashing(file, size, signal);
  const transfers: TrialTransfer[] = [];
  for (const transport of ['tcp', 'tls'] as const) {
    out.note(transport === 'tls' ? 'transferring by TLS' : 'transferring in the clear');
    const own = { transport, folder: join(folder, transport), env: environment.env };
    transfers.push(await trialTransfer({ ...own, file, size, children, signal }));
    await children.closeAll();
  }
  return { size, cores: availableParallelism(), loopback: { tcp, tls }, disk, hashing, transfers };
}

function sizeOf(given: Given): number {
  const size = parseSize(textOption(given, 'size') ?? DEFAULT_SIZE);
  if (size >= MIN_SIZE && size <= MAX_SIZE) return size;
  throw new UsageError('--size is from 16MiB to 64GiB');
}

/** A folder of its own, on the disk that is to be measured. */
async function makeFolder(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true });
    return await mkdtemp(join(parent, 'p2p-bench-'));
  } catch (error) {
    throw toStorageError(error, `cannot write in ${parent}`, 'create');
  }
}
