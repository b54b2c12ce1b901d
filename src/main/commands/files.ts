/**
 * `list_files`: the files that the members of a group share, or those that are named; of one folder, named
 * with a slash behind it, or of one inside of it, what is in it. For members.
 */
import { TrackerError, UsageError } from '../../net/errors.js';
import type { FolderEntry } from '../../net/folder-table.js';
import type { FileRow } from '../../net/tracker-api.js';
import { checkName } from '../../net/names.js';
import { formatTime, parseMomentMs } from '../terminal/quantities.js';
import {
  argument,
  isSwitchedOn,
  repeatedArgument,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import type { EngineApi } from '../api/engine-api.js';
import type { FolderCursor, FolderPageRequest } from '../api/folder-page.js';
import type { Output } from '../terminal/output.js';
import type { Cell, Column } from '../terminal/table.js';
import { fileWord } from './file-word.js';
import { chooseFiles, noFile, type FileChoice } from './file-choice.js';
import { fileRecord } from './file-record.js';
import { whatIsHere, type Here } from './files-here.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const words = given.args['file'] === undefined ? [] : repeatedArgument(given, 'file');
  const [only] = words;
  if (words.length === 1 && only!.length > 1 && only!.endsWith('/'))
    return listInside(engine, out, groupId, only!);
  const wanted = wantedOf(given);
  const files = await engine.listFiles(groupId);
  const [shares, downloads] = await Promise.all([engine.shares(groupId), engine.downloads()]);
  const ofGroup = downloads.filter((download) => download.groupId === groupId);
  const here = whatIsHere(files, shares, ofGroup);
  const all: FileChoice = { chosen: files, missing: [] };
  const { chosen, missing } = words.length === 0 ? all : chooseFiles(files, words.map(fileWord));
  const listed = chosen
    .map((row): ListedFile => ({ ...row, here: here.get(row.name) ?? 'no' }))
    .filter(wanted);
  out.list(columns, listed.map(rowOf), noneOf(groupId, files, chosen), {
    groupId,
    files: listed.map((row) => ({ ...fileRecord(row), here: row.here })),
  });
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length === 1 ? '' : `; nor of ${missing.length - 1} more of these`;
  const { code, message } = noFile(first, files, groupId);
  throw new TrackerError(code, `${message}${others}`);
}

interface ListedFile extends FileRow {
  readonly here: Here;
}

/** Which files the options leave. @throws UsageError */
function wantedOf(given: Given): (file: ListedFile) => boolean {
  const [isMine, isMissing] = [isSwitchedOn(given, 'mine'), isSwitchedOn(given, 'missing')];
  if (isMine && isMissing)
    throw new UsageError('what is here is not missing; say --mine or --missing');
  const since = textOption(given, 'since');
  const sinceMs = since === undefined ? -Infinity : parseMomentMs(since, Date.now());
  return ({ here, sharedAtMs = Infinity }) => {
    const isHere = here === 'yes' || here === 'some';
    return (!isMine || isHere) && (!isMissing || here !== 'yes') && sharedAtMs >= sinceMs;
  };
}

function noneOf(groupId: string, files: readonly FileRow[], chosen: readonly FileRow[]): string {
  if (files.length === 0) return `nothing is shared with ${groupId} yet`;
  return chosen.length === 0 ? 'nothing of that name' : 'nothing that is asked for';
}

/** `files GROUP FOLDER/`, or `FOLDER/INNER/`: what is in it, in the order of its paths. */
function listInside(engine: EngineApi, out: Output, groupId: string, word: string): Promise<void> {
  const [name = '', ...below] = word.split('/').slice(0, -1);
  const inside = below.length === 0 ? {} : { inside: below.join('/') };
  const folder = { groupId, fileName: fileWord(name), ...inside };
  return out.pages({
    columns: [
      { name: 'path' },
      { name: 'size', kind: 'bytes' },
      { name: 'changed', isFurther: true },
    ],
    pages: pagesOf(engine, folder),
    rowOf: rowOfEntry,
    none: 'nothing is in it',
    valueOf: (entries) => ({ ...folder, entries: entries.map(entryRecord) }),
  });
}

/** Each page is asked for once the one before has been shown. */
async function* pagesOf(
  engine: EngineApi,
  folder: FolderPageRequest,
): AsyncGenerator<readonly FolderEntry[]> {
  let from: FolderCursor | undefined;
  do {
    const page = await engine.listFolder(from ? { ...folder, from } : folder);
    yield page.entries;
    from = page.next;
  } while (from);
}

function rowOfEntry(entry: FolderEntry): Cell[] {
  if (entry.kind !== 'file') return [`${entry.path}/`, 0, ''];
  return [entry.path, entry.size, formatTime(entry.mtimeMs)];
}

function entryRecord(entry: FolderEntry) {
  const { path, kind } = entry;
  if (kind !== 'file') return { path, kind };
  const { size, mtimeMs: changedAtMs, isExecutable } = entry;
  return { path, kind, size, changedAtMs, isExecutable };
}

const columns: readonly Column[] = [
  { name: 'name' },
  { name: 'size', kind: 'bytes' },
  { name: 'sources' },
  // Those who have some of it.
  { name: 'partly', isFurther: true },
  { name: 'sharer' },
  { name: 'here', isFurther: true },
  { name: 'shared', isFurther: true },
  { name: 'files', isFurther: true },
];

/** A folder says how many files it has. */
function rowOf(file: ListedFile): Cell[] {
  const { name, size, sources, partly = 0, sharer, here, sharedAtMs, files } = file;
  const shared = sharedAtMs === undefined ? '' : formatTime(sharedAtMs);
  const isFolder = files !== undefined;
  const shown = isFolder ? `${name}/` : name;
  return [shown, size, sources, partly, sharer, here, shared, files ?? ''];
}
