/**
 * What becomes of content that passed through the spool: a download that standard output had goes, with its share and
 * its file, and one that guests took (held-for-guests.ts); what standard input brought stays as long as it is shared
 * (spool-keeper.ts). Owns no state.
 */
import { TrackerError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { Downloads } from '../downloads/downloads.js';
import { removeForGuests, type HeldForGuestsOwners } from './held-for-guests.js';

export interface SpooledContentOwners extends HeldForGuestsOwners {
  readonly downloads: Pick<Downloads, 'stopWhere' | 'onDelivered'>;
  readonly link: Pick<AccountLink, 'session' | 'promptCalls' | 'requireSession'>;
}

/** See EngineApi. @throws P2pError */
export async function discardDownload(owners: SpooledContentOwners, id: string): Promise<void> {
  const { link, library, shares, spool, downloads } = owners;
  const open = await library();
  const row = open.findDownload(id);
  if (row === undefined || !spool.has(row.path)) throw noSuch();
  const { groupId, name, path } = row;
  // What guests wanted is on nobody's list, however it ended.
  if (spool.isForGuests(path)) return removeForGuests(owners, path);
  const calls = await link.promptCalls();
  const { account } = link.requireSession();
  if (row.state !== 'complete') await downloads.onDelivered(id);
  // It may have had to be kept all the same, and may have another part file than it had then.
  const { state, partPath } = open.findDownload(id) ?? row;
  if (state !== 'complete') {
    await open.gather(() => open.removeDownloadsAt(path));
    return spool.remove(partPath);
  }
  // The name may stand for a copy elsewhere, which stays.
  const isItsShare = open.share(account, groupId, name)?.path === path;
  if (isItsShare) await shares.stop(calls, account, groupId, name);
  // Its description goes with the last row that has it.
  await open.gather(() => open.forgetDownload(id));
  // Unless the same content is shared from there under another name.
  if (!open.isNamed(path)) await spool.remove(path);
}

function noSuch(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'there is no such download that went to standard output; `downloads` lists the others',
  );
}
