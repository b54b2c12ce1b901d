/** `help`: the commands of the interactive client. */
import type { CommandContext } from '../cli/command.js';
import { displayWidth, padToWidth } from '../terminal/display-width.js';
import { commandsOf, usageOf } from '../cli/command-table.js';

export async function run({ out }: CommandContext): Promise<void> {
  const rows = commandsOf('shell').map((command) => [usageOf(command), command.summary] as const);
  const width = Math.max(...rows.map(([usage]) => displayWidth(usage)));
  out.result(
    rows.map(([usage, summary]) => ({ usage, summary })),
    rows.map(([usage, summary]) => `${padToWidth(usage, width)}  ${summary}`),
  );
}
