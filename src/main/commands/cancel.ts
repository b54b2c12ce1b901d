/** `cancel_download`: ends a download that is not complete, and removes what was fetched of it. */
import { checkName } from '../../net/names.js';
import { argument, isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { unwantedLine } from '../terminal/download-report.js';
import { fileWord } from './file-word.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const keepsPart = isSwitchedOn(given, 'keep-part');
  const { file } = given.args;
  const first = argument(given, 'group');
  const which =
    file === undefined
      ? { id: first }
      : { groupId: checkName('group', first), fileName: fileWord(file) };
  const cancelled = await engine.cancelDownloads({ ...which, keepsPart });
  out.result(
    { downloads: cancelled },
    cancelled.map((one) => unwantedLine('cancelled', one, keepsPart)),
  );
}
