/** `stop_share`: this client stops sharing files; the files themselves stay. */
import { display } from '../../net/display.js';
import { fromWireError, TrackerError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { inRequests } from './in-requests.js';
import { agreeTo, forNames, meantNames } from './named-files.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const shared = async (): Promise<string[]> =>
    (await engine.shares(groupId)).map(({ fileName }) => fileName);
  const meant = await meantNames(given, shared);
  await agreeTo(context, given, meant, 'Stop sharing them?');
  const { results, failures, error } = await forNames(context, meant, {
    verb: 'taken back',
    none: (pattern) => nothingShared(pattern, groupId),
    work: inRequests(meant.names, {
      several: async (fileNames) => {
        const left = await engine.stopShares({ groupId, fileNames });
        const why = new Map(left.map((one) => [one.fileName, fromWireError(one)]));
        return new Map(fileNames.map((fileName) => [fileName, why.get(fileName) ?? { fileName }]));
      },
      one: async (fileName) => {
        await engine.stopShare(groupId, fileName);
        return { fileName };
      },
      leftOut: (fileName) => nothingShared(fileName, groupId),
    }),
  });
  out.result(
    { groupId, ...results[0], files: results, failures },
    results.map(({ fileName }) => `stopped sharing ${fileName} in ${groupId}`),
  );
  if (error) throw error;
}

/** The error for a pattern. */
export function nothingShared(pattern: string, groupId: string): TrackerError {
  return new TrackerError(
    'NOT_SHARED',
    `nothing that is shared from here with ${display(groupId)} matches "${display(pattern)}"`,
  );
}
