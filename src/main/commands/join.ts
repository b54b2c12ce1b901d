/**
 * `join_group`: with a link one is a member at once, with an account that is made if need be; with the name of
 * a group one asks to join it, and its owner decides.
 */
import { checkName, checkNewId } from '../../net/names.js';
import { UsageError } from '../../net/errors.js';
import { argument, textOption, type CommandContext, type Given } from '../cli/command.js';
import { isInviteLink, parseInviteLink } from '../terminal/invite-link.js';
import { ownNames } from './own-names.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const word = argument(given, 'group');
  const name = textOption(given, 'as');
  if (isInviteLink(word)) return joinByLink(context, word, name);
  if (name !== undefined) throw new UsageError('--as belongs to a link; an account has its name');
  const groupId = checkName('group', word);
  await engine.joinGroup(groupId);
  out.result({ groupId }, [`asked to join ${groupId}; its owner has to accept`]);
}

async function joinByLink(
  { engine, out }: CommandContext,
  text: string,
  name: string | undefined,
): Promise<void> {
  const link = parseInviteLink(text);
  const userIds = name === undefined ? ownNames() : [checkNewId('user', name)];
  const joined = await engine.joinByInvite({ ...link, userIds });
  const { userId, isNewAccount, isNewMember, role } = joined;
  const { groupId } = link;
  if (isNewAccount) {
    out.note(
      `made the account ${userId}, which this device opens without a password; p2p passwd --first gives it one, for other devices`,
    );
  } else if (name !== undefined && name !== userId) {
    out.note(`you have an account here already: ${userId}`);
  }
  const what = isNewMember ? `you are a ${role} of` : 'you were a member before of';
  out.result({ groupId, userId, isNewAccount, isNewMember, role }, [
    `${what} ${groupId}, as ${userId}`,
  ]);
}
