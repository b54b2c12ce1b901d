/**
 * What becomes of content that passed through the spool: a download that standard output had, or that guests took,
 * goes, with its share and its file; what standard input brought stays as long as it is shared (spool-keeper.ts). Owns
 * no state.
 */
import { decodeDescriptionInTurns } from '../../net/description.js';
import { P2pError, TrackerError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import { removeFolder } from '../disk/remove-folder.js';
import { cancelDownloads, type UnwantedDownloadsOwners } from '../downloads/unwanted-downloads.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { Spool } from '../home/spool.js';
import type { Shares } from '../sharing/shares.js';

export interface SpooledContentOwners {
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession'>;
  readonly library: () => Promise<
    Pick<
      Library,
      'findDownload' | 'forgetDownload' | 'gather' | 'share' | 'isNamed' | 'description'
    >
  >;
  readonly shares: Pick<Shares, 'stop'>;
  readonly spool: Spool;
}

export interface LeftForGuestsOwners extends SpooledContentOwners, UnwantedDownloadsOwners {
  readonly library: () => Promise<Library>;
}

/** See EngineApi. @throws P2pError */
export async function discardDownload(owners: SpooledContentOwners, id: string): Promise<void> {
  const { link, library, shares, spool } = owners;
  const calls = await link.promptCalls();
  const { account } = link.requireSession();
  const open = await library();
  const row = open.findDownload(id);
  if (row === undefined || !spool.has(row.path)) throw noSuch();
  const { groupId, name, path, state } = row;
  const isForGuests = spool.isForGuests(path);
  // What guests wanted is on nobody's list, however it ended.
  if (state !== 'complete' && !(isForGuests && state === 'failed')) throw noSuch();
  // The name may stand for a copy elsewhere, which stays.
  const isItsShare = open.share(account, groupId, name)?.path === path;
  if (isItsShare) await shares.stop(calls, account, groupId, name);
  // Its description goes with the last row that has it.
  const table = isForGuests ? await tableOf(open, row) : undefined;
  if (table) await removeFolder(path, table);
  await open.gather(() => open.forgetDownload(id));
  // Unless the same content is shared from there under another name.
  if (!table && !open.isNamed(path)) await spool.remove(path);
}

/**
 * Removes what a process has left that fetched something for guests and was killed: what it fetched, its share, and
 * what is unfinished. Nothing else that is in the spool, or in the library. @throws the first P2pError, when it is done
 */
export async function removeLeftForGuests(
  owners: LeftForGuestsOwners,
  account: Account,
): Promise<void> {
  const { spool, library } = owners;
  const open = await library();
  let failure: P2pError | undefined;
  for (const { id, path, state } of open.listDownloads(account)) {
    if (!spool.isForGuests(path) || !(await spool.isLeft(path))) continue;
    try {
      if (state !== 'complete') await endUnfinished(owners, account, id);
      await discardDownload(owners, id);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
}

/** It may have nothing that could be ended. */
async function endUnfinished(
  owners: UnwantedDownloadsOwners,
  account: Account,
  id: string,
): Promise<void> {
  await cancelDownloads(owners, account, { id, keepsPart: false }).catch((error: unknown) => {
    if (!(error instanceof P2pError) || error.code !== 'NO_SUCH_DOWNLOAD') throw error;
  });
}

/** Of a folder whose description is sound. */
async function tableOf(
  library: Pick<Library, 'description'>,
  { fileId }: Pick<LibraryDownload, 'fileId'>,
) {
  const encoded = library.description(fileId);
  try {
    return encoded && (await decodeDescriptionInTurns(encoded)).folder;
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

function noSuch(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'there is no such download that went to standard output; `downloads` lists the others',
  );
}
