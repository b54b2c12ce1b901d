/** `list_members`: who is in a group, and as what; for those who are in it. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const members = await engine.listMembers(groupId);
  out.list(
    [{ name: 'user' }, { name: 'role', isFurther: true }],
    members.map(({ userId, role }) => [userId, role]),
    `nobody is in ${groupId}`,
    { groupId, members },
  );
}
