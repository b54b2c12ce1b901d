/** `role`: makes a member an owner, admin, member or reader of a group; for its owners, and to step down. */
import { UsageError } from '../../net/errors.js';
import { display } from '../../net/display.js';
import { checkName } from '../../net/names.js';
import { isRole, ROLES } from '../../net/roles.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  const role = argument(given, 'role');
  if (!isRole(role)) {
    throw new UsageError(`"${display(role, 64)}" is no role; there are ${ROLES.join(', ')}`);
  }
  const isChanged = await engine.setRole(groupId, userId, role);
  const when = isChanged ? 'now' : 'already';
  out.result({ groupId, userId, role, isChanged }, [`${userId} is ${role} of ${groupId} ${when}`]);
}
