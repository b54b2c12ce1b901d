/** Ends shares, one or many in one go, and tells of each that has ended. Owns no state. */
import { P2pError, toWireError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import type { EngineApi } from '../api/engine-api.js';
import type { NotStopped } from '../api/shared-files.js';
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
  // The tracker would refuse a whole call for one of them.
  const bad = names.flatMap((fileName) => flawed(fileName) ?? []);
  const isBad = new Set(bad.map(({ fileName }) => fileName));
  const good = names.filter((name) => !isBad.has(name));
  const ended = await spoolKeeper.around(() => shares.stopSeveral(calls, account, groupId, good));
  const left = [...bad, ...ended];
  const still = new Set(left.map((one) => one.fileName));
  for (const fileName of names)
    if (!still.has(fileName)) emit({ type: 'share-ended', groupId, fileName });
  return left;
}

/** Why nothing can have that name; undefined when something can. */
function flawed(fileName: string): NotStopped | undefined {
  try {
    checkName('file', fileName);
    return undefined;
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    return { fileName, ...toWireError(error) };
  }
}
