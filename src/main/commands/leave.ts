/** `leave_group`: leaves a group; what the user shares in it ends. */
import { CancelledError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { argument, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  if (!isSwitchedOn(given, 'yes')) await makeSure(context, groupId);
  const { newOwner, groupEnded } = await engine.leaveGroup(groupId);
  const owner = newOwner === undefined ? '' : `; ${newOwner} owns it now`;
  const end = groupEnded ? '; it had no other members and is gone' : owner;
  out.result({ groupId, newOwner, groupEnded }, [`left ${groupId}${end}`]);
}

/** Asks only where somebody can answer: a script that leaves a group goes on. @throws CancelledError */
async function makeSure({ engine, confirm }: CommandContext, groupId: string): Promise<void> {
  if (confirm === undefined) return;
  const { userId, groups } = await engine.whoami();
  // Nobody but an owner is the last one, or the last who owns it.
  if (!groups.some((group) => group.groupId === groupId && group.role === 'owner')) return;
  const others = (await engine.listMembers(groupId)).filter((member) => member.userId !== userId);
  if (others.some(({ role }) => role === 'owner')) return;
  const what =
    others.length === 0
      ? `nobody else is in ${groupId}: it ends, with what is shared in it`
      : `nobody else owns ${groupId}: whoever is in it longest will, an admin before others`;
  if (await confirm(`${what}. Leave it?`)) return;
  throw new CancelledError(`you are still in ${groupId}`);
}
