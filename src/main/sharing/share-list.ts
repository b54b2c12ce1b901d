/**
 * Lists what a user shares here and what has become of each file. Looks at every file, so that the
 * list is true of this moment and not of the last time somebody asked for it; reads none, changes
 * nothing.
 */
import { SHARE_LIST_LOOKS_AT_A_TIME } from '../../net/limits.js';
import { isUnchanged } from '../disk/file-stamp.js';
import type { SharedFile } from '../api/shared-files.js';
import type { LibraryShare } from '../home/library-records.js';
import { changed, lookAt, type Descriptions, type ShareLook } from './share-look.js';
import type { ShareVerdict } from './share-verdicts.js';
import type { Unserved } from './unserved-shares.js';

/** What the owners know of a share. */
export interface ShareStanding {
  /** Peers get it if they ask. */
  readonly isOffered: boolean;
  readonly unserved: Unserved | undefined;
  readonly verdict: ShareVerdict | undefined;
}

/** Lists shares in their order. */
export async function listShares(
  shares: readonly LibraryShare[],
  descriptions: Descriptions,
  standingOf: (share: LibraryShare) => ShareStanding,
): Promise<SharedFile[]> {
  const listed: SharedFile[] = [];
  for (let first = 0; first < shares.length; first += SHARE_LIST_LOOKS_AT_A_TIME) {
    const some = shares.slice(first, first + SHARE_LIST_LOOKS_AT_A_TIME);
    const looks = await Promise.all(some.map((share) => lookAt(share, descriptions)));
    for (const [index, share] of some.entries()) {
      const { groupId, name: fileName, fileId, path, stamp, sharedAtMs, choice } = share;
      const part = choice ? { partFiles: choice.count } : {};
      const file = { groupId, fileName, fileId, path, size: stamp.size, ...part, sharedAtMs };
      // Asked after the look: what it found may have been acted on meanwhile.
      listed.push({ ...file, ...stateOf(path, looks[index]!, standingOf(share)) });
    }
  }
  return listed;
}

/** What has become of a share, by a look at its file and by what is known of it. */
export function stateOf(
  path: string,
  look: ShareLook,
  { isOffered, unserved, verdict }: ShareStanding,
): Pick<SharedFile, 'state' | 'reason'> {
  switch (look.state) {
    case 'missing':
    case 'changed':
    case 'damaged':
      return { state: look.state, reason: look.error.message };
    case 'differs': {
      // It was hashed as it is now.
      const isKnown = unserved?.state === 'refuted' && isUnchanged(unserved.stamp, look.stamp);
      return isKnown
        ? { state: 'changed', reason: changed(path).message }
        : { state: 'checking', reason: look.error.message };
    }
    case 'same':
      // It is back, and the next look at what is not served finds that.
      if (unserved) return { state: 'checking', reason: `${path} is looked at again` };
      return withVerdict(isOffered, verdict);
  }
}

function withVerdict(
  isOffered: boolean,
  verdict: ShareVerdict | undefined,
): Pick<SharedFile, 'state' | 'reason'> {
  const state = isOffered ? 'served' : 'idle';
  if (verdict === undefined) return { state };
  // Nobody downloads the older version from a client that does not offer it.
  const isSaid = verdict.state === 'refused' || isOffered;
  return { state: isSaid ? verdict.state : state, reason: verdict.reason };
}
