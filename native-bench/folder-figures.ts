/** What a run of a program that takes a whole folder comes to. */
import type { Metrics } from './contestant.js';
import { emptyFolder, requireSameBytes, type Source } from './files.js';
import { megabytesPerSecond } from './metrics.js';
import type { Finished } from './processes.js';

/** The figures of a run that has filled `destination`, which is compared and emptied. */
export async function folderFigures(
  source: Source,
  destination: string,
  { elapsedMs, peakBytes }: Pick<Finished, 'elapsedMs' | 'peakBytes'>,
): Promise<Metrics> {
  await requireSameBytes(source, destination);
  await emptyFolder(destination);
  return {
    coldMBps: megabytesPerSecond(source.size, elapsedMs),
    filesPerSecond: (source.names.length * 1000) / elapsedMs,
    peakMB: peakBytes / 1e6,
  };
}
