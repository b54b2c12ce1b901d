/**
 * `list_files`: the files that the members of a group share, or those that are named; of one folder, named
 * with a slash behind it, what is in it. For members.
 */
import { TrackerError } from '../../net/errors.js';
import type { FileRow } from '../../net/tracker-api.js';
import { checkName } from '../../net/names.js';
import { formatTime } from '../terminal/quantities.js';
import { argument, repeatedArgument, type CommandContext, type Given } from '../cli/command.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Output } from '../terminal/output.js';
import type { Cell, Column } from '../terminal/table.js';
import { fileWord } from './file-word.js';
import { chooseFiles, noFile, type FileChoice } from './file-choice.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const words = given.args['file'] === undefined ? [] : repeatedArgument(given, 'file');
  const [inside] = words;
  if (words.length === 1 && inside!.length > 1 && inside!.endsWith('/'))
    return listInside(engine, out, groupId, fileWord(inside!));
  const files = await engine.listFiles(groupId);
  const all: FileChoice = { chosen: files, missing: [] };
  const { chosen, missing } = words.length === 0 ? all : chooseFiles(files, words.map(fileWord));
  const isEmpty = files.length === 0;
  const none = isEmpty ? `nothing is shared with ${groupId} yet` : 'nothing of that name';
  out.list(columns, chosen.map(rowOf), none);
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length === 1 ? '' : `; nor of ${missing.length - 1} more of these`;
  const { code, message } = noFile(first, files, groupId);
  throw new TrackerError(code, `${message}${others}`);
}

/** `files GROUP FOLDER/`: what is in it, in the order of its paths. */
async function listInside(
  engine: EngineApi,
  out: Output,
  groupId: string,
  name: string,
): Promise<void> {
  const table = await engine.listFolder(groupId, name);
  out.list(
    [
      { name: 'path' },
      { name: 'size', kind: 'bytes' },
      { name: 'changed', isFurther: true },
      { name: 'executable', isForJson: true },
    ],
    table.map(({ path, kind, size, mtimeMs, isExecutable }) =>
      kind === 'file'
        ? [path, size, formatTime(mtimeMs), isExecutable ? 'yes' : 'no']
        : [`${path}/`, 0, '', 'no'],
    ),
    'nothing is in it',
  );
}

const columns: readonly Column[] = [
  { name: 'name' },
  { name: 'size', kind: 'bytes' },
  { name: 'sources' },
  { name: 'sharer' },
  { name: 'shared', isFurther: true },
  { name: 'files', isFurther: true },
  // In place of the first one, which shows a slash behind a folder.
  { name: 'name', isForJson: true },
];

/** A folder says how many files it has. */
function rowOf({ name, size, sources, sharer, sharedAtMs, files }: FileRow): Cell[] {
  const shared = sharedAtMs === undefined ? '' : formatTime(sharedAtMs);
  const isFolder = files !== undefined;
  return [isFolder ? `${name}/` : name, size, sources, sharer, shared, files ?? '', name];
}
