/** Ends shares, one or many in one go, and tells of each that has ended. Owns no state. */
import type { EngineApi } from '../api/engine-api.js';
import type { ClientOwners } from './client-owners.js';

type Owners = Pick<ClientOwners, 'link' | 'shares' | 'spoolKeeper' | 'emit'>;

/** See EngineApi. @throws P2pError */
export async function stopShare(
  { link, shares, spoolKeeper, emit }: Owners,
  ...[groupId, fileName]: Parameters<EngineApi['stopShare']>
): Promise<void> {
  const calls = await link.promptCalls();
  const { account } = link.requireSession();
  await spoolKeeper.around(() => shares.stop(calls, account, groupId, fileName));
  emit({ type: 'share-ended', groupId, fileName });
}

/** See EngineApi. @throws P2pError */
export async function stopShares(
  { link, shares, spoolKeeper, emit }: Owners,
  { groupId, fileNames }: Parameters<EngineApi['stopShares']>[0],
): ReturnType<EngineApi['stopShares']> {
  const calls = await link.promptCalls();
  const { account } = link.requireSession();
  const names = [...new Set(fileNames)];
  const left = await spoolKeeper.around(() => shares.stopSeveral(calls, account, groupId, names));
  const still = new Set(left.map((one) => one.fileName));
  for (const fileName of names)
    if (!still.has(fileName)) emit({ type: 'share-ended', groupId, fileName });
  return left;
}
