/** `reject_request`: refuses a request to join; for the group's owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  await engine.rejectRequest(groupId, userId);
  out.result({ groupId, userId }, [`refused the request of ${userId} to join ${groupId}`]);
}
