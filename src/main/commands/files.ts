/**
 * `list_files`: the files that the members of a group share, or those that are named; of one folder, named
 * with a slash behind it, or of one inside of it, what is in it. For members.
 */
import { TrackerError } from '../../net/errors.js';
import type { FolderEntry } from '../../net/folder-table.js';
import type { FileRow } from '../../net/tracker-api.js';
import { checkName } from '../../net/names.js';
import { formatTime } from '../terminal/quantities.js';
import { argument, repeatedArgument, type CommandContext, type Given } from '../cli/command.js';
import type { EngineApi } from '../api/engine-api.js';
import type { FolderCursor, FolderPageRequest } from '../api/folder-page.js';
import type { Output } from '../terminal/output.js';
import type { Cell, Column } from '../terminal/table.js';
import { fileWord } from './file-word.js';
import { chooseFiles, noFile, type FileChoice } from './file-choice.js';
import { fileRecord } from './file-record.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const words = given.args['file'] === undefined ? [] : repeatedArgument(given, 'file');
  const [only] = words;
  if (words.length === 1 && only!.length > 1 && only!.endsWith('/'))
    return listInside(engine, out, groupId, only!);
  const files = await engine.listFiles(groupId);
  const all: FileChoice = { chosen: files, missing: [] };
  const { chosen, missing } = words.length === 0 ? all : chooseFiles(files, words.map(fileWord));
  const isEmpty = files.length === 0;
  const none = isEmpty ? `nothing is shared with ${groupId} yet` : 'nothing of that name';
  out.list(columns, chosen.map(rowOf), none, { groupId, files: chosen.map(fileRecord) });
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length === 1 ? '' : `; nor of ${missing.length - 1} more of these`;
  const { code, message } = noFile(first, files, groupId);
  throw new TrackerError(code, `${message}${others}`);
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
  { name: 'shared', isFurther: true },
  { name: 'files', isFurther: true },
];

/** A folder says how many files it has. */
function rowOf({ name, size, sources, partly = 0, sharer, sharedAtMs, files }: FileRow): Cell[] {
  const shared = sharedAtMs === undefined ? '' : formatTime(sharedAtMs);
  const isFolder = files !== undefined;
  const shown = isFolder ? `${name}/` : name;
  return [shown, size, sources, partly, sharer, shared, files ?? ''];
}
