/** `why`: what a file waits for, with each peer that matters, and what would help. */
import { checkName } from '../../net/names.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { Status } from '../api/client-status.js';
import type { EngineApi } from '../api/engine-api.js';
import { spoken } from '../cli/command-table.js';
import { argument, formOf, type CommandContext, type Given } from '../cli/command.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';
import { whyLine, whyPeerLine } from '../terminal/why-lines.js';
import { noFile } from './file-choice.js';
import { fileWord } from './file-word.js';
import { peerRecord } from '../terminal/peer-record.js';
import { lookTwice } from './look-twice.js';
import { causeOf, isUnderWay } from './why-cause.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const fileName = fileWord(argument(given, 'file'));
  const { download, peers } = await lookTwice(context, groupId, fileName);
  const status = await engine.status();
  const shares = await engine.shares(groupId);
  const share = shares.find((one) => one.fileName === fileName);
  const isMoving = download !== undefined && isUnderWay(download) && peers.length > 0;
  const row = isMoving ? undefined : await rowOf(engine, status, groupId, fileName);
  if (row === 'none' && !download && !share)
    throw noFile(fileName, await engine.listFiles(groupId), groupId);
  const known = row === 'none' ? undefined : row;
  const why = causeOf({ status, download, share, row: known });
  const say = (verb: Parameters<typeof spoken>[0]): string => spoken(verb, formOf(context));
  out.result({ groupId, fileName, ...why, peers: peers.map(peerRecord) }, [
    `${fileName}: ${whyLine(why, say)}`,
    ...peers.map(whyPeerLine),
  ]);
}

/** The row of the file; `none` when the group has no such file, undefined when nobody can be asked. */
async function rowOf(
  engine: EngineApi,
  { userId }: Pick<Status, 'userId'>,
  groupId: string,
  fileName: string,
): Promise<FileRow | 'none' | undefined> {
  if (userId === undefined) return undefined;
  try {
    const files = await engine.listFiles(groupId);
    return files.find(({ name }) => name === fileName) ?? 'none';
  } catch (error) {
    if (isTrackerAway(error)) return undefined;
    throw error;
  }
}
