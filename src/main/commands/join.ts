/** `join_group`: asks to join; pending until the owner decides. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  await engine.joinGroup(groupId);
  out.result({ groupId }, [`asked to join ${groupId}; its owner has to accept`]);
}
