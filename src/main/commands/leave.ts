/** `leave_group`: leaves a group; what the user shares in it ends. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const { newOwner, groupEnded } = await engine.leaveGroup(groupId);
  const owner = newOwner === undefined ? '' : `; ${newOwner} owns it now`;
  const end = groupEnded ? '; it had no other members and is gone' : owner;
  out.result({ groupId, newOwner, groupEnded }, [`left ${groupId}${end}`]);
}
