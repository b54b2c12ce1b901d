/** `unban`: a user who is banned from a group may join it again; for its owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  await engine.unban(groupId, userId);
  out.result({ groupId, userId }, [`${userId} may join ${groupId} again`]);
}
