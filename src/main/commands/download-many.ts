/**
 * `download` of more than one file into a folder: all of a group, or those that names and patterns
 * mean. A file that is there, with the same bytes, is left alone; of one that has a newer version that
 * is taken, and the older one stays beside it. What fails costs that file only.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { display } from '../../net/display.js';
import { StorageError, toStorageError, type TrackerError } from '../../net/errors.js';
import { MAX_DOWNLOADS_AT_A_TIME } from '../../net/limits.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { CommandContext } from '../cli/command.js';
import type { EngineApi } from '../api/engine-api.js';
import type { DownloadProgress } from '../api/progress.js';
import { afterDownload } from './after-download.js';
import { asKept } from './as-kept.js';
import { noFile, type FileChoice } from './file-choice.js';
import { progressView } from '../terminal/download-report.js';
import type { Output } from '../terminal/output.js';
import { BulkRun, type ItemOutcome, type ItemProgress } from './bulk-run.js';
import { isNameTaken } from './name-taken.js';
import { skippedAt } from './skip-existing.js';
import { toldDownload } from './told-download.js';
import { downloadRecord, type DownloadRecord } from './download-record.js';

const KEPT = 'what is complete is kept, run the same command to go on';
/** Dot files that the line about them names. */
const MAX_DOT_FILES_NAMED = 5;

/** What `download` was told, without the names of files. */
export type DownloadManyRequest = Omit<
  Parameters<EngineApi['startDownload']>[0],
  'fileName' | 'destination'
> & {
  /** Absolute. */
  readonly folder: string;
  /** What is there is left as it is, whatever it is. */
  readonly isSkipping: boolean;
};

/** A file to download, or a word that means none. */
type Item = FileRow | { readonly name: string; readonly size: 0; readonly error: TrackerError };

/** Downloads all of a group; rejects with the code of the first failure, after the summary. */
export async function downloadAll(
  context: CommandContext,
  request: DownloadManyRequest,
): Promise<void> {
  const { engine, out } = context;
  const there = await namesIn(request.folder);
  const files = withoutDotFiles(await engine.listFiles(request.groupId), out);
  await downloadItems(context, request, files, there);
}

/**
 * Downloads what was named, and goes on where a word means no file.
 * @throws P2pError with the code of the first failure, after the summary
 */
export async function downloadNamed(
  context: CommandContext,
  request: DownloadManyRequest,
  files: readonly FileRow[],
  { chosen, missing }: FileChoice,
): Promise<void> {
  const there = await namesIn(request.folder);
  const none = missing.map((name) => {
    return { name, size: 0, error: noFile(name, files, request.groupId) } as const;
  });
  await downloadItems(context, request, [...none, ...chosen], there);
}

async function downloadItems(
  context: CommandContext,
  request: DownloadManyRequest,
  items: readonly Item[],
  there: ReadonlySet<string>,
): Promise<void> {
  const { out, signal } = context;
  const sourcesOf = (item: Item): number => ('error' in item ? 1 : Math.sign(item.sources));
  const run = new BulkRun<Item>({
    // Those that nobody serves right now must not make the others wait.
    items: [...items].sort((a, b) => sourcesOf(b) - sourcesOf(a)),
    groupId: request.groupId,
    verb: 'downloaded',
    already: request.isSkipping ? 'skipped' : 'there already',
    title: `downloading ${request.groupId}`,
    out,
    signal,
    atATime: MAX_DOWNLOADS_AT_A_TIME,
    work: (item, onProgress) => {
      if ('error' in item) throw item.error;
      const isThere = there.has(item.name);
      return downloadOne(context, request, item, isThere, onProgress);
    },
  });
  try {
    await run.run();
  } catch (error) {
    throw signal.aborted ? asKept(signal.reason, KEPT) : error;
  }
}

/**
 * Programs obey files of such names (`.bashrc`, `.npmrc`, `.envrc`) in the folder where they lie, so
 * a member must not get one into a folder whose user asked for no file in particular.
 */
function withoutDotFiles(files: readonly FileRow[], out: Output): FileRow[] {
  const hidden = files.filter(({ name }) => name.startsWith('.')).map(({ name }) => name);
  if (hidden.length > 0) {
    const some = hidden.slice(0, MAX_DOT_FILES_NAMED).map((name) => display(name));
    const more = hidden.length > some.length ? ' and others' : '';
    out.note(
      `left out, because a dot begins the name: ${some.join(', ')}${more}; download each by its name`,
    );
  }
  return files.filter(({ name }) => !name.startsWith('.'));
}

async function downloadOne(
  context: CommandContext,
  { folder, isSkipping, ...request }: DownloadManyRequest,
  { name: fileName, fileId, size: told }: FileRow,
  isThere: boolean,
  onProgress: (progress: ItemProgress) => void,
): Promise<ItemOutcome> {
  const { engine, out } = context;
  const { groupId } = request;
  const path = join(folder, fileName);
  // What comes there meanwhile is met by the download, as anywhere.
  const look = { groupId, fileName, path };
  const skipped = isSkipping && isThere ? await skippedAt(path, fileName) : undefined;
  if (skipped) return { kind: 'already', file: skipped };
  const there = isThere ? (await engine.fileAt({ ...look, fileId })).state : 'nothing';
  const asItIs: DownloadRecord = { fileName, path, size: told, outcome: 'already-there' };
  const already: ItemOutcome = { kind: 'already', file: asItIs };
  if (there === 'same') return already;
  const file = { fileName, destination: folder, keepsOlder: there === 'older' };
  let id: string;
  try {
    id = await engine.startDownload({ ...request, ...file });
  } catch (error) {
    const late = isSkipping && isNameTaken(error) ? await skippedAt(path, fileName) : undefined;
    if (late) return { kind: 'already', file: late };
    const isSame = isNameTaken(error) && (await engine.fileAt(look)).state === 'same';
    if (isSame) return already;
    throw error;
  }
  context.downloadHook?.onStarted(id);
  // Also when the signal came meanwhile: what was started is ended by the same hand.
  const hear = (progress: DownloadProgress): void => onProgress(progressView(progress));
  const summary = await toldDownload(context, { id, groupId, fileName }, hear);
  const { olderPath } = summary;
  if (olderPath !== undefined) {
    out.note(`${fileName} has a newer version; the older one is ${basename(olderPath)}`);
  }
  const { path: placed, size } = summary;
  await afterDownload(context, { id, groupId, fileName, path: placed, size });
  return { kind: 'done', file: downloadRecord(fileName, summary, { hasPeers: false }) };
}

/** One look for all of them. @throws StorageError NO_DESTINATION when there is no such folder */
async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw toStorageError(cause, `cannot look into the folder ${folder}`, 'read');
    }
    throw new StorageError(
      'NO_DESTINATION',
      `the folder ${folder} does not exist; create it or choose another`,
    );
  }
}
