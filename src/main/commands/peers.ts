/** `peers`: who delivers a file that is being downloaded, or was, and how that goes. */
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { nearestOfHere } from './explain-refusal.js';
import { fileWord } from './file-word.js';
import { peerRecord } from '../terminal/peer-record.js';
import { lookTwice } from './look-twice.js';
import { peerColumns, peerRow } from './peer-rows.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const groupId = checkName('group', argument(given, 'group'));
  const fileName = fileWord(argument(given, 'file'));
  const { download, peers } = await lookTwice(context, groupId, fileName);
  const none = 'no peer is known; nothing is downloaded';
  context.out.list(peerColumns, peers.map(peerRow), none, {
    ...{ groupId, fileName },
    peers: peers.map(peerRecord),
  });
  if (download !== undefined) return;
  const args = { group: groupId, file: fileName };
  const near = await nearestOfHere({ args }, () => context.engine.downloads());
  if (near !== undefined) context.out.note(`no download of ${near.trim()}`);
}
