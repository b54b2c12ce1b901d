/** `tracker-backup`, also written `tracker backup`: backs up all of a tracker's data in one file. */
import { resolve } from 'node:path';
import { ExitStatus } from '../../net/errors.js';
import { argument, isSwitchedOn, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { formatBytes } from '../terminal/quantities.js';
import { backupRecord } from './backup-record.js';
import { dataDirOf } from './tracker.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { parts, environment, out } = context;
  const path = resolve(environment.cwd, argument(given, 'file'));
  const dataDir = await dataDirOf(given, environment);
  const upkeep = await parts.trackerUpkeep();
  const isOverwriting = isSwitchedOn(given, 'overwrite');
  const facts = await upkeep.backup({ dataDir, path, isOverwriting, nowMs: Date.now() });
  out.result(
    { path, ...backupRecord(facts) },
    [`${path}: a backup of ${formatBytes(facts.bytes)}`],
    ['it holds every key and account of the tracker: keep it where nobody else reads it'],
  );
  return ExitStatus.ok;
}
