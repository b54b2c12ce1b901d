/**
 * `list_groups`: all groups in the network, one a line. On a terminal, and with --json, also what you
 * are in each, how many are in it and whose it is; who is not in a group is told its owner, who can let them in.
 */
import type { GroupRow } from '../../net/tracker-api.js';
import { spoken } from '../cli/command-table.js';
import { formOf, type CommandContext } from '../cli/command.js';

export async function run(context: CommandContext): Promise<void> {
  const groups = await context.engine.describeGroups();
  context.out.list(
    [
      { name: 'group' },
      { name: 'you', isFurther: true },
      { name: 'members', isFurther: true },
      { name: 'owner', isFurther: true },
      { name: 'requests', isFurther: true },
    ],
    groups.map((group) => [
      ...[group.groupId, standingOf(group), group.members ?? ''],
      ...[group.owner ?? '', group.requests === 0 ? '' : (group.requests ?? '')],
    ]),
    `there is no group yet; ${spoken('create-group', formOf(context))} makes one`,
    { groups: groups.map(recordOf) },
  );
}

function standingOf({ role, isAsked }: GroupRow): string {
  return role ?? (isAsked ? 'asked' : '');
}

/** What nobody tells to those who are not in a group, or a tracker of before does not tell at all, is left out. */
function recordOf({ groupId, role, isAsked, members, owner, requests }: GroupRow) {
  return { groupId, role, isAsked: isAsked ? true : undefined, members, owner, requests };
}
