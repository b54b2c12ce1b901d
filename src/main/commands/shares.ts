/**
 * `list_shares`: what this client shares, one file per line with what has become of it. What is not
 * served is told on the error stream as well, once for each kind of trouble, with the way out.
 */
import { display } from '../../net/display.js';
import { checkName } from '../../net/names.js';
import type { SharedFileState } from '../api/shared-files.js';
import { spokenIn } from '../cli/command-table.js';
import { formOf, type CommandContext, type Given } from '../cli/command.js';
import { nearestOfHere } from './explain-refusal.js';
import { formatTime } from '../terminal/quantities.js';
import { withSpokenCommands } from '../terminal/spoken-commands.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const { group } = given.args;
  const files = await engine.shares(group === undefined ? undefined : checkName('group', group));
  out.list(
    [
      { name: 'group' },
      { name: 'name' },
      { name: 'size', kind: 'bytes' },
      { name: 'state' },
      { name: 'shared', isFurther: true },
      { name: 'path', isFurther: true },
    ],
    files.map((file) => [
      ...[file.groupId, file.fileName, file.size, file.state],
      ...[formatTime(file.sharedAtMs), file.path],
    ]),
    group === undefined ? 'nothing is shared from here' : 'nothing of it is shared from here',
    { shares: files },
  );
  if (group !== undefined && files.length === 0) {
    const near = await nearestOfHere({ args: { group } }, () => engine.shares(undefined));
    if (near !== undefined) out.note(`nothing is shared from here with ${near.trim()}`);
  }
  for (const { groupId, fileName, partFiles } of files) {
    if (partFiles === undefined) continue;
    const some = partFiles === 1 ? '1 file of it is' : `${partFiles} files of it are`;
    out.note(`[${groupId}] ${display(fileName)}: only ${some} here`);
  }
  const counts = new Map<SharedFileState, number>();
  for (const { state } of files) counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const [state, count] of counts) {
    const remark = remarkOn(state);
    if (remark === undefined) continue;
    const said = withSpokenCommands(remark, spokenIn(formOf(context)));
    out.note(`${count === 1 ? '1 file' : `${count} files`}: ${said}`);
  }
}

/** What a state means and what can be done; nothing where all is well. */
function remarkOn(state: SharedFileState): string | undefined {
  switch (state) {
    case 'served':
      return undefined;
    case 'older':
      return 'older; the name has a newer version, which a download takes';
    case 'idle':
      return 'idle; nobody serves them now, `serve` does';
    case 'checking':
      return 'checking; touched since they were shared, served again once they are found to be the same';
    case 'changed':
      return 'changed; put the old file back, or share the new one with `upload --replace`';
    case 'damaged':
      return 'damaged, although nobody wrote to them; `verify --repair` fetches from others what is wrong';
    case 'missing':
      return 'missing; served again when they are back, `stop-share` ends sharing them';
    case 'refused':
      return 'refused by the tracker; --json says why';
  }
}
