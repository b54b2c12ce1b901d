/**
 * `show_downloads`: one line per download, exactly `[D] [<group_id>] <file_name>` while it
 * runs or waits in line and `[C] [<group_id>] <file_name>` when it is complete. `[F]` is one
 * that failed, `[P]` one that was stopped or interrupted and goes on when it is downloaded again.
 */
import { isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import type { DownloadProgress } from '../api/progress.js';
import { formatBytes } from '../terminal/quantities.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const hasIds = isSwitchedOn(given, 'ids');
  const downloads = await engine.downloads();
  out.result(
    downloads,
    downloads.map(
      ({ id, state, groupId, fileName }) =>
        `${hasIds ? `${id} ` : ''}[${letterOf(state)}] [${groupId}] ${fileName}`,
    ),
  );
  for (const { state, fileName, error, kept, size } of downloads) {
    if (state === 'failed' && error) out.note(`${fileName}: ${error.message}`);
    // Of one that `cancel` ended nothing is kept, and nothing is to be said.
    if (state === 'interrupted' || (state === 'cancelled' && kept > 0)) {
      const how = state === 'interrupted' ? 'interrupted' : 'stopped';
      const part = `${formatBytes(kept)} of ${formatBytes(size)}`;
      out.note(`${fileName}: ${how}, ${part} are kept; download it again to go on`);
    }
  }
}

function letterOf(state: DownloadProgress['state']): 'C' | 'D' | 'F' | 'P' {
  switch (state) {
    case 'complete':
      return 'C';
    case 'failed':
      return 'F';
    case 'cancelled':
    case 'interrupted':
      return 'P';
    case 'waiting':
    case 'checking':
    case 'downloading':
    case 'finishing':
      return 'D';
  }
}
