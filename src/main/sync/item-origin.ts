/**
 * Whether what is here came from the group and from nowhere else: only that may go again by itself. Pure. In doubt it is
 * the user's.
 */
import type { LibraryShare } from '../home/library-records.js';
import type { SyncedItem } from '../home/synced-items.js';
import type { GroupItem } from './sync-plan.js';

export interface OriginFacts {
  readonly group: Pick<GroupItem, 'fileId' | 'isFirstHere'>;
  /** What was noted until now. */
  readonly noted: Pick<SyncedItem, 'fileId' | 'origin' | 'stamp'> | undefined;
  /** What this device shares under the name, from wherever. */
  readonly share: Pick<LibraryShare, 'fileId' | 'path'> | undefined;
  /** Where it lies, or is to. */
  readonly path: string;
}

/** Of what is fetched; decided before the first byte comes, after which it is shared from here. */
export function originOfFetched({ group, noted, share, path }: OriginFacts): SyncedItem['origin'] {
  const isKnown = noted?.fileId === group.fileId;
  if (group.isFirstHere || (isKnown && noted.origin !== 'brought')) return 'found';
  if (share?.fileId !== group.fileId) return 'brought';
  // It came before, and was removed here.
  const hasCome = isKnown && noted.stamp !== undefined && share.path === path;
  return hasCome ? 'brought' : 'found';
}

/**
 * Of what is found to be what the group has.
 * @param cameAs the content that a download that is complete has brought there
 */
export function originOfAgreed(
  planned: SyncedItem['origin'],
  { group, noted, share, path }: OriginFacts,
  cameAs: string | undefined,
): SyncedItem['origin'] {
  if (planned !== 'brought') return planned;
  if (share?.fileId === group.fileId && share.path !== path) return 'found';
  if (noted?.stamp !== undefined) return 'brought';
  // It was on its way: somebody else may have put it there.
  return cameAs === group.fileId && !group.isFirstHere ? 'brought' : 'found';
}
