/** Which downloads `resume` may go on with. Pure. */
import type { LibraryDownload } from '../home/library-records.js';

/**
 * Of all rows of an account, the oldest first, those that are not complete and that nobody runs. One that a later
 * download to the same place has taken over stays as it is: the older version must not come over the newer one.
 * One that was cancelled with all it had goes on only when it is named by its id (`isNamed`).
 */
export function resumable(
  all: readonly LibraryDownload[],
  running: ReadonlySet<string>,
  isNamed: boolean,
): LibraryDownload[] {
  const last = new Map(all.map((row) => [row.path, row.id]));
  return all.filter(
    (row) =>
      row.state !== 'complete' &&
      !running.has(row.id) &&
      last.get(row.path) === row.id &&
      (isNamed || !isDropped(row)),
  );
}

function isDropped(row: LibraryDownload): boolean {
  return row.state === 'failed' && row.error.code === 'CANCELLED' && row.keptBytes === 0;
}
