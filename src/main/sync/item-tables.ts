/** What the group said is in a folder that came from it. Owns no state. */
import { join } from 'node:path';
import { decodeDescription } from '../../net/description.js';
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import type { SyncedFolder } from '../home/synced-items.js';

/** Whether a path is one of those that came with the folder of that name, by any that is known of it. */
export function hasComeWith(
  library: Pick<Library, 'share' | 'completeDownload' | 'description'>,
  account: Account,
  { groupId, folder }: SyncedFolder,
  name: string,
  path: string,
): boolean {
  const at = join(folder, name);
  const share = library.share(account, groupId, name);
  const came = library.completeDownload(account, groupId, name, at);
  const fileIds = new Set([share?.path === at ? share.fileId : undefined, came?.fileId]);
  for (const fileId of fileIds) {
    const encoded = fileId === undefined ? undefined : library.description(fileId);
    const table = encoded && decodeDescription(encoded).folder;
    for (const entry of table ?? []) if (entry.path === path) return true;
  }
  return false;
}
