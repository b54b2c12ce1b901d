/** `create_group`: creates a group; the caller owns it. */
import { checkNewId } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const groupId = checkNewId('group', argument(given, 'group'));
  await engine.createGroup(groupId);
  out.result({ groupId }, [`created group ${groupId}; you own it`]);
}
