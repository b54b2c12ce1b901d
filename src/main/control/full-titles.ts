/**
 * What processes that use an engine are in the middle of, for people of other terminals: their command and its files. One
 * that named none (`downloads`, `get`) is told with those that it waits for.
 */
import type { DownloadProgress } from '../api/progress.js';

interface Named {
  readonly title: string;
  readonly awaitedDownloads: ReadonlySet<string>;
}

/** `download film.mkv and 2 more`. */
export function fileTitle(verb: string, [name, ...further]: readonly string[]): string {
  if (name === undefined) return verb;
  return `${verb} ${name}${further.length === 0 ? '' : ` and ${further.length} more`}`;
}

export function withFileNames(
  users: readonly Named[],
  downloads: readonly Pick<DownloadProgress, 'id' | 'fileName'>[],
): string[] {
  return users.map(({ title, awaitedDownloads }) => {
    // Behind its verb stands what it was given.
    if (title === '' || title.includes(' ')) return title;
    const awaited = downloads.filter(({ id }) => awaitedDownloads.has(id));
    return fileTitle(
      title,
      awaited.map(({ fileName }) => fileName),
    );
  });
}
