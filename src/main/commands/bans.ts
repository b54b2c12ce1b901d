/** `list_bans`: who is banned from a group, since when and by whom; for its owners and admins. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { formatTime } from '../terminal/quantities.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const bans = await engine.bans(groupId);
  out.list(
    [{ name: 'user' }, { name: 'since' }, { name: 'by' }],
    bans.map(({ userId, bannedAtMs, byUserId }) => [userId, formatTime(bannedAtMs), byUserId]),
    `nobody is banned from ${groupId}`,
    {
      groupId,
      bans: bans.map(({ userId, bannedAtMs, byUserId }) => ({
        ...{ userId, bannedAtMs },
        bannedBy: byUserId,
      })),
    },
  );
}
