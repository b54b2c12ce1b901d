/**
 * What is fetched for guests, from its beginning to its removal: no command speaks of it, nothing of what the user
 * shares changes by it, and it goes whatever the tracker says. Owns no state.
 */
import { CancelledError, P2pError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Downloads } from '../downloads/downloads.js';
import type { Library } from '../home/library.js';
import type { PieceHints } from '../home/piece-hints.js';
import type { Spool } from '../home/spool.js';
import type { GuestCopies } from '../sharing/guest-copies.js';
import type { Shares } from '../sharing/shares.js';

export interface HeldForGuestsOwners {
  readonly link: Pick<AccountLink, 'session' | 'promptCalls'>;
  readonly library: () => Promise<Library>;
  readonly shares: Pick<Shares, 'stop'>;
  readonly downloads: Pick<Downloads, 'stopWhere'>;
  readonly hints: Pick<PieceHints, 'remove'>;
  readonly guestCopies: Pick<GuestCopies, 'isOne' | 'isHeld' | 'hold' | 'letGo'>;
  readonly spool: Spool;
}

/** Begins a download; one for guests that cannot begin leaves nothing. @throws P2pError */
export async function startHeld(
  owners: HeldForGuestsOwners,
  { destination }: Parameters<EngineApi['startDownload']>[0],
  start: () => Promise<string>,
): Promise<string> {
  const { guestCopies } = owners;
  if (!guestCopies.isOne(destination)) return start();
  guestCopies.hold(destination);
  try {
    return await start();
  } catch (error) {
    await removeForGuests(owners, destination);
    throw error;
  }
}

/** Removes it, complete or not, with its rows, whoever is logged in. What the disk does not let go stays for a later look. */
export async function removeForGuests(owners: HeldForGuestsOwners, path: string): Promise<void> {
  const { library, downloads, guestCopies, hints, spool } = owners;
  const open = await library();
  guestCopies.letGo(path);
  const over = new CancelledError('nobody takes it any more');
  await downloads.stopWhere((request) => request.path === path, over);
  // Gathered behind what its end has written.
  const rows = await open.gather(() => open.removeDownloadsAt(path));
  await endShares(owners, open, path);
  for (const { id, state, partPath } of rows) {
    if (state !== 'complete') await spool.remove(partPath);
    await hints.remove(id);
  }
  if (!open.isNamed(path)) await spool.remove(path);
}

/**
 * Removes what no gateway holds: what a process has left that fetched something for guests and was killed, and what
 * this one could not remove. Nothing else that is in the spool, or in the library.
 * @throws the first P2pError, when it is done
 */
export async function removeLeftForGuests(owners: HeldForGuestsOwners): Promise<void> {
  const { spool, library, guestCopies } = owners;
  const named = (await library()).guestPaths();
  const there = (await spool.paths()).filter((path) => spool.isGuestCopy(path));
  let failure: P2pError | undefined;
  for (const path of new Set([...named, ...there])) {
    if (!spool.isForGuests(path) || guestCopies.isHeld(path)) continue;
    if (!(await spool.isLeft(path)) && !(await spool.isOwn(path))) continue;
    try {
      await removeForGuests(owners, path);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
}

/** Versions of before shared what was fetched for guests. */
async function endShares(
  { link, shares }: HeldForGuestsOwners,
  open: Library,
  path: string,
): Promise<void> {
  const shared = open.sharesAt(path);
  const account = link.session?.account;
  for (const { trackerId, userId, groupId, name } of shared) {
    if (account?.trackerId !== trackerId || account.userId !== userId) continue;
    try {
      await shares.stop(await link.promptCalls(), account, groupId, name);
    } catch (error) {
      // It is away, or the user is in that group no more: nothing is served of it all the same.
      if (!(error instanceof P2pError)) throw error;
    }
  }
  if (shared.length > 0) await open.gather(() => open.removeSharesAt(path));
}
