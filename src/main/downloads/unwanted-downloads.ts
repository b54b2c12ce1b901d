/**
 * Ends downloads that nobody wants any more, and takes those that have ended off the list, with what was
 * fetched of unfinished ones. Never touches a finished file. Owns no state.
 */
import { CancelledError, TrackerError, toWireError, type WireError } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { UnwantedDownload } from '../api/progress.js';
import { removePart } from '../disk/remove-part.js';
import type { PieceHints } from '../home/piece-hints.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { Downloads } from './downloads.js';
import { matcherOf, noSuchDownload, requireOne } from './which-downloads.js';

type CancelRequest = Parameters<EngineApi['cancelDownloads']>[0];
type ForgetRequest = Parameters<EngineApi['forgetDownloads']>[0];

export interface UnwantedDownloadsOwners {
  readonly library: () => Promise<
    Pick<
      Library,
      'listDownloads' | 'findDownload' | 'endDownload' | 'movePart' | 'forgetDownload' | 'gather'
    >
  >;
  readonly hints: Pick<PieceHints, 'remove'>;
  readonly downloads: Pick<Downloads, 'running' | 'cancel'>;
}

/**
 * Ends those that match and are not complete, whether they run or not; they stay on the list. Answers
 * those of which something has ended by it: one that had ended before may still lose its part.
 * @throws P2pError NO_SUCH_DOWNLOAD when there is none
 */
export async function cancelDownloads(
  { library, hints, downloads }: UnwantedDownloadsOwners,
  account: Account,
  request: CancelRequest,
): Promise<UnwantedDownload[]> {
  const open = await library();
  const matching = open.listDownloads(account).filter(matcherOf(request));
  const meant = matching.filter(({ state }) => state !== 'complete');
  if ('id' in request) requireOne(matching.length);
  if (meant.length === 0) throw matching.length === 0 ? noSuchDownload() : isComplete();
  const left = await stopAll(open, downloads, account, meant);
  if (left.length === 0) throw isComplete();
  const wereToGoOn = new Set([...meant, ...left].filter(goesOn).map(({ id }) => id));
  const ended: UnwantedDownload[] = [];
  for (const row of left) {
    const one = await withoutPart(row, request.keepsPart);
    const hasEnded = wereToGoOn.has(row.id) || hadPart(one);
    if (hasEnded) ended.push(one);
    await open.gather(() => {
      // Meanwhile somebody may have forgotten it, or gone on with it.
      if (open.findDownload(row.id)?.state !== 'failed' || isRunning(downloads, row.id)) return;
      // However it had stopped, and whoever ran it: nobody means to go on with it.
      if (hasEnded) open.endDownload(row.id, cancelled(), Date.now());
      // What the library says of its pieces is over with the file.
      if (!request.keepsPart) open.movePart(row.id, row.partPath);
    });
    if (!request.keepsPart) await hints.remove(row.id);
  }
  if (ended.length === 0) throw nothingLeft();
  return ended;
}

/**
 * Takes those that match and have ended off the list.
 * @throws P2pError NO_SUCH_DOWNLOAD when none of that group or name has
 */
export async function forgetDownloads(
  { library, hints, downloads }: UnwantedDownloadsOwners,
  account: Account,
  request: ForgetRequest,
): Promise<UnwantedDownload[]> {
  const open = await library();
  const matching = open.listDownloads(account).filter(matcherOf(request));
  const meant = matching.filter(({ id, state }) => {
    const goesOnNow = state === 'running' || isRunning(downloads, id);
    return !goesOnNow && (state === 'complete' || !request.onlyComplete);
  });
  const isNamed = request.groupId !== undefined;
  if (meant.length === 0 && isNamed)
    throw matching.length === 0 ? noSuchDownload() : noneHasEnded();
  const removed: UnwantedDownload[] = [];
  for (const row of meant) {
    const keepsPart = request.keepsPart || row.state === 'complete';
    removed.push(await withoutPart(row, keepsPart));
  }
  const forgotten = await open.gather(() => {
    // One with which somebody goes on meanwhile stays.
    const over = removed.filter(({ id }) => !isRunning(downloads, id) && !isToRun(open, id));
    for (const { id } of over) open.forgetDownload(id);
    return over;
  });
  for (const { id } of forgotten) await hints.remove(id);
  return forgotten;
}

/**
 * Stops those that run, and notes of the others that were to run that nobody wants them, so that none begins while its
 * part is removed. Answers what is unfinished of them.
 */
async function stopAll(
  open: Pick<Library, 'listDownloads' | 'findDownload' | 'endDownload' | 'gather'>,
  downloads: UnwantedDownloadsOwners['downloads'],
  account: Account,
  meant: readonly LibraryDownload[],
): Promise<LibraryDownload[]> {
  const running = (): LibraryDownload[] => meant.filter(({ id }) => isRunning(downloads, id));
  for (;;) {
    for (const { id } of running()) await downloads.cancel(id);
    // Gathered behind what their ends have written. One that had every piece is complete all the same.
    const left = await open.gather(() => {
      // One that was about to begin may have begun.
      if (running().length > 0) return undefined;
      const unfinished = unfinishedAmong(open, account, meant);
      for (const { id, state } of unfinished) {
        if (state === 'running') open.endDownload(id, cancelled(), Date.now());
      }
      return unfinished;
    });
    if (left) return left;
  }
}

function unfinishedAmong(
  library: Pick<Library, 'listDownloads'>,
  account: Account,
  meant: readonly LibraryDownload[],
): LibraryDownload[] {
  const ids = new Set(meant.map(({ id }) => id));
  return library
    .listDownloads(account)
    .filter(({ id, state }) => ids.has(id) && state !== 'complete');
}

async function withoutPart(row: LibraryDownload, keepsPart: boolean): Promise<UnwantedDownload> {
  const { id, groupId, name: fileName, path, partPath } = row;
  const download = { id, groupId, fileName, path };
  if (keepsPart) return { ...download, freedBytes: 0 };
  const removal = await removePart(partPath);
  if (removal.kind === 'foreign') return { ...download, freedBytes: 0, foreignPath: partPath };
  return { ...download, freedBytes: removal.kind === 'removed' ? removal.bytes : 0 };
}

function hadPart({ freedBytes, foreignPath }: UnwantedDownload): boolean {
  return freedBytes > 0 || foreignPath !== undefined;
}

/** It runs, is to be gone on with by the next engine that stays, or is held back until somebody resumes it. */
function goesOn(row: LibraryDownload): boolean {
  return row.state === 'running' || (row.state === 'failed' && row.error.code === 'PAUSED');
}

function cancelled(): WireError {
  return toWireError(new CancelledError('the download was cancelled'));
}

/** It begins soon, here or in a later engine. */
function isToRun(library: Pick<Library, 'findDownload'>, id: string): boolean {
  return library.findDownload(id)?.state === 'running';
}

function isRunning({ running }: Pick<Downloads, 'running'>, id: string): boolean {
  return running.some(({ request }) => request.id === id);
}

function isComplete(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'the download is complete; `forget` takes it off the list, and the file stays',
  );
}

function nothingLeft(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'the download has ended already, and nothing is left to cancel; `forget` takes it off the list',
  );
}

function noneHasEnded(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'none of these downloads has ended so; `cancel` ends one that has not',
  );
}
