/** `search`: files by what is in their names, over all groups of the user, the newest first. */
import { UsageError } from '../../net/errors.js';
import { MAX_FILES_FOUND, MAX_GROUPS_PER_USER } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import { checkSearchWords, isEnding } from '../../net/search-words.js';
import type { FileSearch, FoundFile } from '../../net/tracker-api.js';
import {
  listOption,
  repeatedArgument,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { formatTime, parseMomentMs, parseSize } from '../terminal/quantities.js';
import { fileRecord } from './file-record.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const { files, isComplete } = await engine.search(searchOf(given));
  out.list(
    [
      { name: 'group' },
      { name: 'name' },
      { name: 'size', kind: 'bytes' },
      { name: 'sources' },
      { name: 'sharer' },
      { name: 'shared', isFurther: true },
      { name: 'files', isFurther: true },
    ],
    files.map(({ groupId, name, size, sources, sharer, sharedAtMs, files: count }) => [
      ...[groupId, count === undefined ? name : `${name}/`, size, sources, sharer],
      ...[sharedAtMs === undefined ? '' : formatTime(sharedAtMs), count ?? ''],
    ]),
    'no file of your groups has that in its name',
    { files: files.map(foundRecord), isComplete },
  );
  if (!isComplete) out.note(`there are more than ${MAX_FILES_FOUND}; search for more words`);
}

function foundRecord(file: FoundFile) {
  return { groupId: file.groupId, ...fileRecord(file) };
}

function searchOf(given: Given): FileSearch {
  const words = checkSearchWords(repeatedArgument(given, 'word'));
  const groupIds = listOption(given, 'group').map((groupId) => checkName('group', groupId));
  if (groupIds.length > MAX_GROUPS_PER_USER) {
    throw new UsageError(`these are too many groups; name ${MAX_GROUPS_PER_USER} at most`);
  }
  return {
    words,
    ...(groupIds.length > 0 && { groupIds }),
    ...typeOf(textOption(given, 'type')),
    ...figureOf(given, 'min-size', 'minSize', parseSize),
    ...figureOf(given, 'max-size', 'maxSize', parseSize),
    ...figureOf(given, 'since', 'sinceMs', momentOf),
    ...figureOf(given, 'until', 'untilMs', momentOf),
  };
}

/** `file`, `folder`, or an ending such as `jpg`. */
function typeOf(type: string | undefined): Pick<FileSearch, 'kind' | 'ending'> {
  if (type === undefined) return {};
  if (type === 'file' || type === 'folder') return { kind: type };
  const ending = type.replace(/^\./, '');
  if (isEnding(ending)) return { ending };
  throw new UsageError(`"${type}" is no type; write file, folder, or an ending such as jpg`);
}

function figureOf<Name extends 'minSize' | 'maxSize' | 'sinceMs' | 'untilMs'>(
  given: Given,
  option: string,
  name: Name,
  parse: (text: string) => number,
): Partial<Record<Name, number>> {
  const text = textOption(given, option);
  return text === undefined ? {} : ({ [name]: parse(text) } as Record<Name, number>);
}

function momentOf(text: string): number {
  return Math.max(0, parseMomentMs(text, Date.now()));
}
