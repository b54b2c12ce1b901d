/** The downloads that a command names: a group and perhaps a file, or an id. */
import { checkName } from '../../net/names.js';
import type { WhichDownloads } from '../api/engine-api.js';
import { argument, type Given } from '../cli/command.js';
import { fileWord } from './file-word.js';

/** As the ids of downloads begin; a group may be called so too, which is tried when no download is. */
const idForm = /^[0-9a-f]{4,8}(-[0-9a-f-]*)?$/;

/** What the words name: with a file the one in that group, else whatever has such an id, else a whole group. */
export function whichDownloads(given: Given, ids: readonly string[]): WhichDownloads {
  const { file } = given.args;
  const first = argument(given, 'group');
  const isId = idForm.test(first) && ids.some((id) => id.startsWith(first));
  if (file === undefined && isId) return { id: first };
  const groupId = checkName('group', first);
  return file === undefined ? { groupId } : { groupId, fileName: fileWord(file) };
}
