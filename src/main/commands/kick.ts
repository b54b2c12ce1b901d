/** `kick`: removes a member from a group; for its owner. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  await engine.kick(groupId, userId);
  out.result({ groupId, userId }, [`${userId} is not a member of ${groupId} any longer`]);
}
