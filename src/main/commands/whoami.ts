/** `whoami`: who is logged in; in a pipe the user id alone. */
import type { CommandContext } from '../cli/command.js';
import { identityText } from './status.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  const me = await engine.whoami();
  const groups = me.groups.map(({ groupId, role }) =>
    role === 'member' ? groupId : `${groupId} (${role})`,
  );
  out.result(
    me,
    [me.userId],
    [
      `tracker: ${me.tracker}`,
      `tracker identity: ${identityText(me)}`,
      `device: ${me.deviceId}`,
      `groups: ${groups.length === 0 ? 'none' : groups.join(', ')}`,
    ],
  );
}
