/** `stop_share`: this client stops sharing a file; the file itself stays. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { fileWord } from './file-word.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const fileName = fileWord(argument(given, 'file'));
  await engine.stopShare(groupId, fileName);
  out.result({ groupId, fileName }, [`stopped sharing ${fileName} in ${groupId}`]);
}
