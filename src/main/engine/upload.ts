/** Hashes what is to be shared and shares it, in this order: the tracker, the home's lock, the work. Owns no state. */
import { mayDo } from '../../net/roles.js';
import type { EngineApi } from '../api/engine-api.js';
import { hashForSharing } from '../sharing/share-file.js';
import type { ClientOwners } from './client-owners.js';

type Owners = Pick<
  ClientOwners,
  | 'link'
  | 'workshop'
  | 'memberships'
  | 'batches'
  | 'hashing'
  | 'aheadHashes'
  | 'shares'
  | 'spool'
  | 'spoolKeeper'
  | 'emit'
>;

/** See EngineApi. @throws P2pError */
export async function upload(
  owners: Owners,
  ...[request, onProgress]: Parameters<EngineApi['upload']>
): ReturnType<EngineApi['upload']> {
  const { link, workshop, memberships, batches, hashing, aheadHashes } = owners;
  const { shares, spool, spoolKeeper, emit } = owners;
  const { groupId, path, replace = false } = request;
  await link.promptCalls();
  // The home's lock comes before the work of hashing.
  await workshop.library();
  const role = memberships.roleIn(groupId);
  const mayBring = role === undefined || mayDo(role, 'bring');
  const ahead = aheadHashes.take(path);
  const known = { mayBring, ...(ahead && { ahead }) };
  const hashed = await hashForSharing(batches, hashing, { ...request, ...known }, onProgress);
  const outcome = await shares.add(link.requireSession().account, hashed, replace);
  if (spool.has(path)) spoolKeeper.onNamed(path);
  // The name may have stood for another file of the spool.
  if (replace || spool.has(path)) spoolKeeper.lookSoon();
  const { name, fileId, stamp, folder } = hashed;
  const { size } = stamp;
  emit({ type: 'share-added', groupId, fileName: name, size });
  return { name, fileId, size, outcome, ...(folder && { folder }) };
}
