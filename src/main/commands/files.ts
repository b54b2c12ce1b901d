/** `list_files`: the files that the members of a group share; for members. */
import { checkName } from '../../net/names.js';
import { formatTime } from '../terminal/quantities.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const files = await engine.listFiles(checkName('group', argument(given, 'group')));
  out.list(
    [
      { name: 'name' },
      { name: 'size', kind: 'bytes' },
      { name: 'sources' },
      { name: 'sharer' },
      { name: 'shared', isFurther: true },
    ],
    files.map(({ name, size, sources, sharer, sharedAtMs }) => [
      name,
      size,
      sources,
      sharer,
      sharedAtMs === undefined ? '' : formatTime(sharedAtMs),
    ]),
  );
}
