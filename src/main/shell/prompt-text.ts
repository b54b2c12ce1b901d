/** The prompt of the interactive client, which tells how far the downloads behind it are. Pure. */
import { display } from '../../net/display.js';
import type { DownloadProgress } from '../api/progress.js';
import { shortenToWidth } from '../terminal/display-width.js';
import { progressOfAll } from '../terminal/download-report.js';
import { formatPercent, formatRate } from '../terminal/quantities.js';

/** Leaves most of a line to what is typed. */
const TITLE_CELLS = 24;

/** `p2p> `, or `p2p [film.mkv 41 %, 8.1 MiB/s]> ` while something is downloaded. */
export function promptText(running: readonly DownloadProgress[]): string {
  const [first] = running;
  if (first === undefined) return 'p2p> ';
  const { size, done, bytesPerSecond } = progressOfAll('', running);
  const what =
    running.length === 1
      ? shortenToWidth(display(first.fileName), TITLE_CELLS)
      : `${running.length} downloads`;
  return `p2p [${what} ${formatPercent(done, size)}, ${formatRate(bytesPerSecond)}]> `;
}
