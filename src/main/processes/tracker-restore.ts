/** `tracker-restore`, also written `tracker restore`: makes the data folder of a tracker of a backup. */
import { resolve } from 'node:path';
import { ExitStatus } from '../../net/errors.js';
import { argument, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import { formatTime } from '../terminal/quantities.js';
import { backupRecord } from './backup-record.js';
import { dataDirOf } from './tracker.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { parts, environment, out } = context;
  const path = resolve(environment.cwd, argument(given, 'file'));
  const dataDir = await dataDirOf(given, environment);
  const upkeep = await parts.trackerUpkeep();
  const facts = await upkeep.restore({ dataDir, path, nowMs: Date.now() });
  const madeAt = formatTime(facts.madeAtMs);
  out.result(
    { path, dataDir, ...backupRecord(facts) },
    [`${dataDir}: the tracker ${facts.identity} as it was on ${madeAt}`],
    [
      `what was done since ${madeAt} is undone: who was removed, banned or disabled after that is back, and logins that had ended are good again`,
    ],
  );
  return ExitStatus.ok;
}
