/** `kick`: removes a member from a group; for its owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { noteEndedInvites } from './ended-invites.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  const endedInvites = await engine.kick(groupId, userId);
  noteEndedInvites(out, groupId, userId, endedInvites);
  out.result({ groupId, userId, endedInvites }, [
    `${userId} is not a member of ${groupId} any longer`,
  ]);
}
