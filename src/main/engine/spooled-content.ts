/**
 * What becomes of content that passed through a pipe: a download that standard output had goes, with its share and
 * its file; what standard input brought stays as long as it is shared (spool-keeper.ts). Owns no state.
 */
import { TrackerError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { Library } from '../home/library.js';
import type { Spool } from '../home/spool.js';
import type { Shares } from '../sharing/shares.js';

export interface SpooledContentOwners {
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession'>;
  readonly library: () => Promise<
    Pick<Library, 'findDownload' | 'forgetDownload' | 'gather' | 'share' | 'isNamed'>
  >;
  readonly shares: Pick<Shares, 'stop'>;
  readonly spool: Spool;
}

/** See EngineApi. @throws P2pError */
export async function discardDownload(owners: SpooledContentOwners, id: string): Promise<void> {
  const { link, library, shares, spool } = owners;
  const calls = await link.promptCalls();
  const { account } = link.requireSession();
  const open = await library();
  const row = open.findDownload(id);
  if (row?.state !== 'complete' || !spool.has(row.path)) throw noSuch();
  const { groupId, name, path } = row;
  // The name may stand for a copy elsewhere, which stays.
  const isItsShare = open.share(account, groupId, name)?.path === path;
  if (isItsShare) await shares.stop(calls, account, groupId, name);
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
