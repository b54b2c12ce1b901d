/** `transfer_owner`: makes another member the owner in one's own place; for owners. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  await engine.transferOwner(groupId, userId);
  out.result({ groupId, userId }, [`${userId} owns ${groupId} now`]);
}
