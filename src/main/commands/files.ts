/** `list_files`: the files that the members of a group share, or those that are named; for members. */
import { TrackerError } from '../../net/errors.js';
import type { FileRow } from '../../net/tracker-api.js';
import { checkName } from '../../net/names.js';
import { formatTime } from '../terminal/quantities.js';
import { argument, repeatedArgument, type CommandContext, type Given } from '../cli/command.js';
import type { Cell, Column } from '../terminal/output.js';
import { chooseFiles, noFile, type FileChoice } from './file-choice.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const words = given.args['file'] === undefined ? [] : repeatedArgument(given, 'file');
  const files = await engine.listFiles(groupId);
  const all: FileChoice = { chosen: files, missing: [] };
  const { chosen, missing } = words.length === 0 ? all : chooseFiles(files, words);
  out.list(columns, chosen.map(rowOf));
  const [first] = missing;
  if (first === undefined) return;
  const others = missing.length === 1 ? '' : `; nor of ${missing.length - 1} more of these`;
  const { code, message } = noFile(first, files, groupId);
  throw new TrackerError(code, `${message}${others}`);
}

const columns: readonly Column[] = [
  { name: 'name' },
  { name: 'size', kind: 'bytes' },
  { name: 'sources' },
  { name: 'sharer' },
  { name: 'shared', isFurther: true },
];

function rowOf({ name, size, sources, sharer, sharedAtMs }: FileRow): Cell[] {
  return [name, size, sources, sharer, sharedAtMs === undefined ? '' : formatTime(sharedAtMs)];
}
