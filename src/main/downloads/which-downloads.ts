/** Which downloads a request means: by id, group or file. Pure. */
import { TrackerError, UsageError } from '../../net/errors.js';
import type { LibraryDownload } from '../home/library-records.js';

/** First digits of an id that are taken for it. */
const MIN_ID_DIGITS = 4;

/** What a request names; without an id and without a group, all. */
export interface NamedDownloads {
  readonly id?: string;
  readonly groupId?: string;
  readonly fileName?: string;
  /** Any of these. */
  readonly fileNames?: readonly string[];
}

/** Whether a row is meant; too few digits of an id mean none. */
export function matcherOf(
  request: NamedDownloads,
): (row: Pick<LibraryDownload, 'id' | 'groupId' | 'name'>) => boolean {
  const { id: digits, groupId, fileName, fileNames } = request;
  if (digits !== undefined) {
    if (digits.length < MIN_ID_DIGITS) return () => false;
    return ({ id }) => id.startsWith(digits);
  }
  const names = fileNames && new Set(fileNames);
  return (row) =>
    (groupId === undefined || row.groupId === groupId) &&
    (fileName === undefined || row.name === fileName) &&
    (names === undefined || names.has(row.name));
}

/** @throws UsageError when several have an id that begins as was said */
export function requireOne(count: number): void {
  if (count < 2) return;
  throw new UsageError('several downloads have an id that begins so; give more of its digits');
}

/** Of a request: what it named, because a wrong word is seen only where it is said again. */
export function noSuchDownload(request: NamedDownloads = {}): TrackerError {
  const named = namedText(request);
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    `there is no such download${named === undefined ? '' : `: ${named}`}; \`downloads --ids\` lists them`,
  );
}

function namedText({ id, groupId, fileName, fileNames = [] }: NamedDownloads): string | undefined {
  if (id !== undefined) return `no id begins with "${id}"`;
  const [name = fileNames[0]] = [fileName];
  const group = groupId === undefined ? '' : ` of ${groupId}`;
  if (name !== undefined) return `"${name}"${group}`;
  return groupId === undefined ? undefined : `none${group}`;
}
