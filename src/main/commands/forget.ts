/** `forget_downloads`: takes downloads that have ended off the list; finished files stay. */
import { checkName } from '../../net/names.js';
import { isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { formatBytes } from '../terminal/quantities.js';
import { ENDED, forDownloads } from './named-downloads.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const { group } = given.args;
  const how = {
    onlyComplete: isSwitchedOn(given, 'finished'),
    keepsPart: isSwitchedOn(given, 'keep-part'),
  };
  const { downloads, failures, error } = await forDownloads(context, given, {
    verb: 'forgotten',
    takes: ENDED,
    question: 'Forget them?',
    unnamed: () => {
      const ofGroup = group === undefined ? {} : { groupId: checkName('group', group) };
      return engine.forgetDownloads({ ...ofGroup, ...how });
    },
    named: (which) => engine.forgetDownloads({ ...which, ...how }),
  });
  const bytes = downloads.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  const what = downloads.length === 1 ? '1 download' : `${downloads.length} downloads`;
  const freed = bytes > 0 ? `; ${formatBytes(bytes)} of unfinished files are gone` : '';
  out.result({ downloads, failures }, [`forgot ${what}${freed}`]);
  for (const { foreignPath } of downloads) {
    if (foreignPath !== undefined)
      out.note(`left as it is, because it is not ours: ${foreignPath}`);
  }
  if (error) throw error;
}
