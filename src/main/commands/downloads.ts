/**
 * `show_downloads`: in a pipe and in the interactive client one line per download, exactly
 * `[D] [<group_id>] <file_name>` while it runs or waits in line and `[C] [<group_id>] <file_name>` when it
 * is complete; `[F]` is one that failed, `[P]` one that was stopped or interrupted and goes on when it is
 * downloaded again. On a terminal it is a table, with `--watch` one that is drawn again and again,
 * in which keys choose and change downloads.
 */
import { P2pError } from '../../net/errors.js';
import { untilAborted } from '../../net/until-aborted.js';
import { spoken } from '../cli/command-table.js';
import { formOf, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import type { DownloadProgress, HeldDownload } from '../api/progress.js';
import type { Overview } from '../terminal/output.js';
import { peerRecord } from '../terminal/peer-record.js';
import { downloadNotes } from './download-notes.js';
import { downloadColumns, downloadRow } from './download-rows.js';
import { waitForAll } from './resumed-downloads.js';
import { watchDownloads } from './watched-downloads.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, signal } = context;
  if (isSwitchedOn(given, 'watch')) {
    // Ctrl-C is how one stops looking, and no failure.
    const view = {
      inOrder,
      overviewOf: (rows: readonly DownloadProgress[]) => overviewOf(rows, []),
    };
    const begun = await watchDownloads(context, view).catch((error: unknown) => {
      if (!(error instanceof P2pError) || error.code !== 'INTERRUPTED') throw error;
    });
    const rest = begun?.rest ?? [];
    if (begun === undefined || rest.length === 0) return;
    // The table stays as it is.
    out.progress(undefined);
    out.note(goingOnLine(rest));
    return waitForAll({ downloads: rest, failures: [], error: undefined }, context, begun.waitFor);
  }
  const hasIds = isSwitchedOn(given, 'ids');
  const downloads = await untilAborted(signal, engine.downloads());
  const lines = linesOf(downloads, hasIds);
  if (formOf(context) === 'shell' || hasIds) out.result(answerOf(downloads), lines);
  else out.overview(overviewOf(downloads, lines));
  for (const line of downloadNotes(downloads, spoken('resume', formOf(context)))) out.note(line);
}

/** Why the terminal is not free yet. */
function goingOnLine(begun: readonly HeldDownload[]): string {
  const [first] = begun;
  return begun.length === 1 && first !== undefined
    ? `${first.fileName} goes on here, where it was resumed; Ctrl-C stops it`
    : `${begun.length} downloads go on here, where they were resumed; Ctrl-C stops them`;
}

/** What runs stands first, then what is next. */
function inOrder(downloads: readonly DownloadProgress[]): readonly DownloadProgress[] {
  const rank = ({ state, place = 0 }: DownloadProgress): number =>
    letterOf(state) === 'D' ? place : Infinity;
  return downloads.toSorted((one, other) => {
    const [first, second] = [rank(one), rank(other)];
    return first === second ? 0 : first - second;
  });
}

function overviewOf(downloads: readonly DownloadProgress[], lines: readonly string[]): Overview {
  return {
    ...{ value: answerOf(downloads), lines },
    ...{ columns: downloadColumns, rows: downloads.map(downloadRow) },
    none: 'nothing was downloaded here',
  };
}

function answerOf(downloads: readonly DownloadProgress[]) {
  return {
    downloads: downloads.map(({ peers, readable: _readable, ...rest }) => {
      return { ...rest, peers: peers.map(peerRecord) };
    }),
  };
}

function linesOf(downloads: readonly DownloadProgress[], hasIds: boolean): string[] {
  return downloads.map(
    ({ id, state, groupId, fileName }) =>
      `${hasIds ? `${id} ` : ''}[${letterOf(state)}] [${groupId}] ${fileName}`,
  );
}

function letterOf(state: DownloadProgress['state']): 'C' | 'D' | 'F' | 'P' {
  switch (state) {
    case 'complete':
      return 'C';
    case 'failed':
      return 'F';
    case 'cancelled':
    case 'paused':
    case 'interrupted':
      return 'P';
    case 'queued':
    case 'checking':
    case 'copying':
    case 'downloading':
    case 'finishing':
      return 'D';
  }
}
