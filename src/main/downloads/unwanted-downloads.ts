/**
 * Ends downloads that nobody wants any more, and takes those that have ended off the list, with what was
 * fetched of unfinished ones. Never touches a finished file. Owns no state.
 */
import {
  CancelledError,
  P2pError,
  TrackerError,
  toWireError,
  type WireError,
} from '../../net/errors.js';
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
  readonly downloads: Pick<Downloads, 'running' | 'stopWhere'>;
}

/**
 * Ends those that match and are not complete, whether they run or not; they stay on the list. Answers
 * those of which something has ended by it: one that had ended before may still lose its part; and, where several were
 * named, those of which that failed.
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
  if (meant.length === 0) throw matching.length === 0 ? noSuchDownload(request) : isComplete();
  const left = await stopAll(open, downloads, account, meant);
  if (left.length === 0) throw isComplete();
  const wereToGoOn = new Set([...meant, ...left].filter(goesOn).map(({ id }) => id));
  const parts = await withoutParts(left, () => request.keepsPart, 'fileNames' in request);
  const tried = left.map((row, index) => ({ row, one: parts[index]! }));
  const hasEnded = ({ row, one }: (typeof tried)[number]): boolean =>
    wereToGoOn.has(row.id) || hadPart(one);
  const done = tried.filter(({ one }) => one.error === undefined);
  await open.gather(() => {
    const running = runningIds(downloads);
    for (const { row, one } of done) {
      // Meanwhile somebody may have forgotten it, or gone on with it.
      if (open.findDownload(row.id)?.state !== 'failed' || running.has(row.id)) continue;
      // However it had stopped, and whoever ran it: nobody means to go on with it.
      if (hasEnded({ row, one })) open.endDownload(row.id, cancelled(), Date.now());
      // What the library says of its pieces is over with the file.
      if (!request.keepsPart) open.movePart(row.id, row.partPath);
    }
  });
  if (!request.keepsPart) for (const { row } of done) await hints.remove(row.id);
  const told = tried.filter((each) => each.one.error !== undefined || hasEnded(each));
  if (told.length === 0) throw nothingLeft();
  return told.map(({ one }) => one);
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
  const running = runningIds(downloads);
  const meant = matching.filter(({ id, state }) => {
    const goesOnNow = state === 'running' || running.has(id);
    return !goesOnNow && (state === 'complete' || !request.onlyComplete);
  });
  const isNamed = request.groupId !== undefined;
  if (meant.length === 0 && isNamed)
    throw matching.length === 0 ? noSuchDownload(request) : noneHasEnded();
  const keepsPart = ({ state }: LibraryDownload): boolean =>
    request.keepsPart || state === 'complete';
  const parts = await withoutParts(meant, keepsPart, request.fileNames !== undefined);
  const removed = parts.filter(({ error }) => error === undefined);
  const forgotten = await open.gather(() => {
    const now = runningIds(downloads);
    // One with which somebody goes on meanwhile stays.
    const over = removed.filter(({ id }) => !now.has(id) && !isToRun(open, id));
    for (const { id } of over) open.forgetDownload(id);
    return over;
  });
  for (const { id } of forgotten) await hints.remove(id);
  return [...forgotten, ...parts.filter(({ error }) => error !== undefined)];
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
  const ids = new Set(meant.map(({ id }) => id));
  for (;;) {
    // All at once: those behind in line must not begin while others end.
    await downloads.stopWhere(({ id }) => ids.has(id), whyCancelled());
    // Gathered behind what their ends have written. One that had every piece is complete all the same.
    const left = await open.gather(() => {
      // One that was about to begin may have begun.
      if (downloads.running.some(({ request }) => ids.has(request.id))) return undefined;
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

/** One after the other. Of several, one that fails keeps none of the others from it. @throws P2pError */
async function withoutParts(
  rows: readonly LibraryDownload[],
  keepsPart: (row: LibraryDownload) => boolean,
  isOneOfSeveral: boolean,
): Promise<UnwantedDownload[]> {
  const parts: UnwantedDownload[] = [];
  for (const row of rows) {
    try {
      parts.push(await withoutPart(row, keepsPart(row)));
    } catch (error) {
      if (!isOneOfSeveral || !(error instanceof P2pError)) throw error;
      const { id, groupId, name: fileName, path } = row;
      parts.push({ id, groupId, fileName, path, freedBytes: 0, error: toWireError(error) });
    }
  }
  return parts;
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

function whyCancelled(): CancelledError {
  return new CancelledError('the download was cancelled');
}

function cancelled(): WireError {
  return toWireError(whyCancelled());
}

/** It begins soon, here or in a later engine. */
function isToRun(library: Pick<Library, 'findDownload'>, id: string): boolean {
  return library.findDownload(id)?.state === 'running';
}

function runningIds({ running }: Pick<Downloads, 'running'>): ReadonlySet<string> {
  return new Set(running.map(({ request }) => request.id));
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
