/** `list_requests`: who asks to join a group; for its owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const users = await engine.listRequests(groupId);
  out.list(
    [{ name: 'user' }],
    users.map((userId) => [userId]),
    `nobody asks to join ${groupId}`,
    { groupId, requests: users.map((userId) => ({ userId })) },
  );
}
