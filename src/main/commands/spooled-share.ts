/** Has a file of the home's spool shared; nothing is left of it unless it is shared, or may be. Owns no state. */
import { whenSettled } from '../../net/deferred.js';
import { laterByTimer } from '../../net/later.js';
import { INPUT_SETTLE_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Spool } from '../home/spool.js';

/** Shares the file at a path; `onSharing` hears of the work, which may outlive whoever waits for it. */
export type ShareInput<T> = (
  path: string,
  onSharing: (sharing: Promise<unknown>) => void,
) => Promise<T>;

export interface SpooledShare<T> {
  readonly groupId: string;
  readonly path: string;
  readonly share: ShareInput<T>;
  /** It failed, and yet somebody may have it by now. */
  readonly onKept: () => void;
}

/** @throws what `share` rejects with */
export async function shareFromSpool<T>(
  engine: Pick<EngineApi, 'shares'>,
  spool: Pick<Spool, 'remove'>,
  { groupId, path, share, onKept }: SpooledShare<T>,
): Promise<T> {
  let sharing: Promise<unknown> | undefined;
  try {
    return await share(path, (begun) => {
      sharing = begun;
    });
  } catch (error) {
    if (await isUnshared(engine, groupId, path, sharing)) await spool.remove(path);
    else onKept();
    throw error;
  }
}

/** For one that was kept, once the sharing has ended, however late: nothing is left of it unless it is shared. @throws P2pError */
export async function removeUnlessShared(
  engine: Pick<EngineApi, 'shares'>,
  spool: Pick<Spool, 'remove'>,
  { groupId, path }: Pick<SpooledShare<unknown>, 'groupId' | 'path'>,
  sharing: Promise<unknown> | undefined,
): Promise<void> {
  await whenSettled(sharing);
  const shares = await engine.shares(groupId);
  if (shares.every((share) => share.path !== path)) await spool.remove(path);
}

/** Known for certain: whoever ended the command may have done so in the moment in which it became shared. */
async function isUnshared(
  engine: Pick<EngineApi, 'shares'>,
  groupId: string,
  path: string,
  sharing: Promise<unknown> | undefined,
): Promise<boolean> {
  const late = new AbortController();
  const takeBack = laterByTimer(INPUT_SETTLE_MS, () => late.abort());
  try {
    const settled = whenSettled(sharing);
    const shares = await untilAborted(
      late.signal,
      settled.then(() => engine.shares(groupId)),
    );
    return shares.every((share) => share.path !== path);
  } catch {
    // Whoever cannot be asked may have it.
    return false;
  } finally {
    takeBack();
  }
}
