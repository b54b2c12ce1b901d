/** `invites`: the links into a group that are good, or not used up yet; `--revoke` ends one. */
import { checkName } from '../../net/names.js';
import { UsageError } from '../../net/errors.js';
import { argument, textOption, type CommandContext, type Given } from '../cli/command.js';
import { formatTime } from '../terminal/quantities.js';

/** Digits of an id that are shown, and the fewest that name one. */
const SHOWN_DIGITS = 12;
const LEAST_DIGITS = 4;

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const id = textOption(given, 'revoke');
  if (id !== undefined) {
    if (!/^[0-9a-f]+$/.test(id) || id.length < LEAST_DIGITS) {
      throw new UsageError(
        `a link is named by its id, or by at least its first ${LEAST_DIGITS} digits`,
      );
    }
    await engine.revokeInvite(groupId, id);
    return out.result({ groupId, inviteId: id }, [
      `the link ${id} lets nobody into ${groupId} any more`,
    ]);
  }
  const invites = await engine.invites(groupId);
  out.list(
    [
      { name: 'id' },
      { name: 'uses' },
      { name: 'left' },
      { name: 'until' },
      { name: 'made by' },
      { name: 'role', isFurther: true },
    ],
    invites.map(({ inviteId, uses, usesLeft, expiresAtMs, creatorId, role }) => [
      inviteId.slice(0, SHOWN_DIGITS),
      uses,
      usesLeft,
      formatTime(expiresAtMs),
      creatorId,
      role,
    ]),
    `no link leads into ${groupId}`,
    {
      groupId,
      invites: invites.map(({ creatorId, ...invite }) => ({ ...invite, creator: creatorId })),
    },
  );
}
