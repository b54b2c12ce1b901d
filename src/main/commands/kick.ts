/** `kick`: removes a member from a group; for its owner. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const userId = checkName('user', argument(given, 'user'));
  const endedInvites = await engine.kick(groupId, userId);
  if (endedInvites > 0) {
    const links = endedInvites === 1 ? 'the link' : `the ${endedInvites} links`;
    out.note(`${links} into ${groupId} ended too, because ${userId} may have kept one`);
  }
  out.result({ groupId, userId, endedInvites }, [
    `${userId} is not a member of ${groupId} any longer`,
  ]);
}
