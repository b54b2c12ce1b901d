/** `ban`: shuts a user out of a group, with the devices on which they are; for its owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { noteEndedInvites } from './ended-invites.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  const endedInvites = await engine.ban(groupId, userId);
  noteEndedInvites(out, groupId, userId, endedInvites);
  out.result({ groupId, userId, endedInvites }, [
    `${userId} is banned from ${groupId}, and so are new accounts of the devices on which they were`,
  ]);
}
