/** `peers`: who delivers files that are being downloaded, or were, and how that goes. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { nearestOfHere } from './explain-refusal.js';
import { peerRecord } from '../terminal/peer-record.js';
import { lookTwice } from './look-twice.js';
import { downloadNames, noDownload } from './named-downloads.js';
import { forNames, meantNames } from './named-files.js';
import { peerColumns, peerRow } from './peer-rows.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const meant = await meantNames(given, () => downloadNames(context, groupId));
  const looks = await lookTwice(context, groupId, meant.names);
  const { results, failures, error } = await forNames(context, meant, {
    verb: 'found',
    none: (pattern) => noDownload(pattern, groupId),
    work: (fileName) => Promise.resolve({ fileName, ...looks.get(fileName)! }),
  });
  const files = results.map(({ fileName, peers }) => {
    return { fileName, peers: peers.map(peerRecord) };
  });
  // A pattern that means one file has the same rows as one that means several.
  const named = meant.isOneName ? [] : [{ name: 'file' }];
  const rows = results.flatMap(({ fileName, peers }) =>
    peers.map((peer) => [...named.map(() => fileName), ...peerRow(peer)]),
  );
  const none = 'no peer is known; nothing is downloaded';
  out.list([...named, ...peerColumns], rows, none, { groupId, ...files[0], files, failures });
  for (const { fileName, download } of results) {
    if (download !== undefined) continue;
    const args = { group: groupId, file: fileName };
    const near = await nearestOfHere({ args }, () => engine.downloads());
    if (near !== undefined) out.note(`no download of ${near.trim()}`);
  }
  if (error) throw error;
}
