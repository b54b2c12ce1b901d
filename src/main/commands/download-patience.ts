/** For how long a download that is waited for goes on without a byte, unless `--timeout` says it. Pure. */
import { DOWNLOAD_TIMEOUT_MS } from '../../net/limits.js';
import { textOption, type CommandContext, type Given } from '../cli/command.js';
import { parseDurationMs } from '../terminal/quantities.js';

type Waiting = Pick<CommandContext, 'background' | 'isAttended'>;

/**
 * In milliseconds; 0 for no end: whoever sits at the terminal ends it when they like, and behind a prompt nobody
 * waits for the end. @throws UsageError for a time that is none
 */
export function downloadPatienceMs({ background, isAttended }: Waiting, given: Given): number {
  const timeout = textOption(given, 'timeout');
  if (timeout !== undefined) return parseDurationMs(timeout);
  return isAttended === true || background !== undefined ? 0 : DOWNLOAD_TIMEOUT_MS;
}
