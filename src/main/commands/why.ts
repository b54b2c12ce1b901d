/** `why`: what files wait for, with each peer that matters, and what would help. */
import { checkName } from '../../net/names.js';
import { argument, formOf, type CommandContext, type Given } from '../cli/command.js';
import { whyLine, whyPeerLine } from '../terminal/why-lines.js';
import { noFile } from './file-choice.js';
import { peerRecord } from '../terminal/peer-record.js';
import { downloadNames } from './named-downloads.js';
import { forNames, meantNames } from './named-files.js';
import { saidOfFile } from './said-of-file.js';
import { GroupRows, whyOfFiles } from './why-of-file.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const rows = new GroupRows(context, groupId);
  const meant = await meantNames(given, () => allNames(context, groupId, rows));
  const whyOf = await whyOfFiles(context, groupId, meant.names, rows);
  const { results, failures, error } = await forNames(context, meant, {
    verb: 'found',
    none: (pattern) => noFile(pattern, [], groupId),
    work: whyOf,
  });
  const files = results.map(({ fileName, why, peers }) => {
    return { fileName, ...why, peers: peers.map(peerRecord) };
  });
  const form = formOf(context);
  out.result(
    { groupId, ...files[0], files, failures },
    results.flatMap(({ fileName, why, peers }) => [
      `${fileName}: ${whyLine(why, saidOfFile(form, groupId, fileName))}`,
      ...peers.map(whyPeerLine),
    ]),
  );
  if (error) throw error;
}

/** Whatever a pattern may mean: files of the group, as far as they can be asked for, and what is known here. */
async function allNames(
  context: CommandContext,
  groupId: string,
  rows: GroupRows,
): Promise<string[]> {
  const { engine } = context;
  const isLoggedIn = (await engine.status()).userId !== undefined;
  const ofGroup = isLoggedIn ? ((await rows.all()) ?? []) : [];
  const shares = await engine.shares(groupId);
  return [
    ...ofGroup.map(({ name }) => name),
    ...shares.map(({ fileName }) => fileName),
    ...(await downloadNames(context, groupId)),
  ];
}
