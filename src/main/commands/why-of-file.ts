/** What a file of a group waits for, and the peers that matter: asked of the engine, judged by why-cause.ts. */
import type { FileRow } from '../../net/tracker-api.js';
import type { Status } from '../api/client-status.js';
import type { EngineApi } from '../api/engine-api.js';
import type { PeerNow, WhyCause } from '../api/why.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';
import { noFile } from './file-choice.js';
import { lookTwice } from './look-twice.js';
import { causeOf, isUnderWay } from './why-cause.js';

/** @throws TrackerError NO_SUCH_FILE when neither the group nor this client has such a file; the signal's reason */
export async function whyOfFile(
  engine: EngineApi,
  { groupId, fileName }: { readonly groupId: string; readonly fileName: string },
  signal: AbortSignal,
): Promise<{ readonly why: WhyCause; readonly peers: readonly PeerNow[] }> {
  const { download, peers } = await lookTwice({ engine, signal }, groupId, fileName);
  const status = await engine.status();
  const shares = await engine.shares(groupId);
  const share = shares.find((one) => one.fileName === fileName);
  const isMoving = download !== undefined && isUnderWay(download) && peers.length > 0;
  const row = isMoving ? undefined : await rowOf(engine, status, groupId, fileName);
  if (row === 'none' && !download && !share)
    throw noFile(fileName, await engine.listFiles(groupId), groupId);
  const known = row === 'none' ? undefined : row;
  return { why: causeOf({ status, download, share, row: known }), peers };
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
