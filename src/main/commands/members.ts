/** `list_members`: who is in a group; for those who are in it. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const users = await engine.listMembers(groupId);
  out.list(
    [{ name: 'user' }],
    users.map((userId) => [userId]),
    `nobody is in ${groupId}`,
  );
}
