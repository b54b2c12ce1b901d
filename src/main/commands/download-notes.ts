/**
 * What `downloads` remarks of those that did not become whole: why, and how they go on. A line each as long as they are
 * few; the others of a group are counted. Pure.
 */
import { MAX_DOWNLOAD_NOTES } from '../../net/limits.js';
import type { DownloadProgress } from '../api/progress.js';
import { formatBytes } from '../terminal/quantities.js';
import { quoteArguments, quoteShellWord } from '../terminal/shell-words.js';

type Noted = Pick<
  DownloadProgress,
  'id' | 'path' | 'state' | 'groupId' | 'fileName' | 'error' | 'kept' | 'size'
>;

interface Note {
  readonly groupId: string;
  readonly kind: 'failed' | 'held';
  readonly line: string;
}

/** `resume` as whoever reads it types it. */
export function downloadNotes(downloads: readonly Noted[], resume: string): string[] {
  const last = new Map(downloads.map(({ path, id }) => [path, id]));
  const notes = downloads.flatMap(
    (one) => noteOf(one, { resume, isLast: last.get(one.path) === one.id }) ?? [],
  );
  const told = new Set(
    (['failed', 'held'] as const).flatMap((kind) =>
      notes.filter((note) => note.kind === kind).slice(0, MAX_DOWNLOAD_NOTES),
    ),
  );
  const rest = notes.filter((note) => !told.has(note));
  return [...notes.filter((note) => told.has(note)).map(({ line }) => line), ...sums(rest, resume)];
}

function noteOf(
  { state, groupId, fileName, error, kept, size }: Noted,
  { resume, isLast }: { readonly resume: string; readonly isLast: boolean },
): Note | undefined {
  if (state === 'failed')
    return error && { groupId, kind: 'failed', line: `${fileName}: ${error.message}` };
  // A later download has its place, and `resume` leaves it alone.
  if (!isLast) return undefined;
  const how = `${resume} ${quoteArguments([groupId, fileName])}`;
  const held = (text: string): Note => ({ groupId, kind: 'held', line: `${fileName}: ${text}` });
  if (state === 'paused') return held(`paused; ${how} goes on with it`);
  // Of one that `cancel` ended nothing is kept, and nothing is to be said.
  if (state !== 'interrupted' && !(state === 'cancelled' && kept > 0)) return undefined;
  const word = state === 'interrupted' ? 'interrupted' : 'stopped';
  return held(`${word}, ${formatBytes(kept)} of ${formatBytes(size)} are kept; ${how} goes on`);
}

function sums(rest: readonly Note[], resume: string): string[] {
  const groups = new Map<string, number>();
  for (const { groupId } of rest) groups.set(groupId, (groups.get(groupId) ?? 0) + 1);
  return [...groups].map(
    ([groupId, count]) =>
      `and ${count} more of ${groupId}; ${resume} ${quoteShellWord(groupId)} goes on with all that can go on`,
  );
}
