/** `list_groups`: all groups in the network. */
import type { CommandContext } from '../cli/command.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  const groups = await engine.listGroups();
  out.list(
    [{ name: 'group' }],
    groups.map((groupId) => [groupId]),
    'there is no group yet',
  );
}
