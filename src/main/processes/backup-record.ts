/** What a backup of a tracker says of itself, as programs get it. */
import type { BackupFacts } from '../../net/tracker-upkeep.js';

/** `version` is that of the answer itself. */
export function backupRecord({ version: programVersion, ...facts }: BackupFacts) {
  return { ...facts, programVersion };
}
