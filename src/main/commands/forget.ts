/** `forget_downloads`: takes downloads that have ended off the list; finished files stay. */
import { checkName } from '../../net/names.js';
import { isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { formatBytes } from '../terminal/quantities.js';
import { fileWord } from './file-word.js';

export async function run({ engine, out }: CommandContext, given: Given): Promise<void> {
  const { group, file } = given.args;
  const forgotten = await engine.forgetDownloads({
    ...(group === undefined ? {} : { groupId: checkName('group', group) }),
    ...(file === undefined ? {} : { fileName: fileWord(file) }),
    onlyComplete: isSwitchedOn(given, 'finished'),
    keepsPart: isSwitchedOn(given, 'keep-part'),
  });
  const bytes = forgotten.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  const what = forgotten.length === 1 ? '1 download' : `${forgotten.length} downloads`;
  const freed = bytes > 0 ? `; ${formatBytes(bytes)} of unfinished files are gone` : '';
  out.result({ downloads: forgotten }, [`forgot ${what}${freed}`]);
  for (const { foreignPath } of forgotten) {
    if (foreignPath !== undefined)
      out.note(`left as it is, because it is not ours: ${foreignPath}`);
  }
}
