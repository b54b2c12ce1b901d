/** What a plan is told of what was seen of one item. Pure. */
import type { SyncedItem } from '../home/synced-items.js';
import type { SeenFolder, SeenItem } from './folder-items.js';
import { isKeptVersion } from './item-names.js';
import type { GroupItem, LocalItem } from './sync-plan.js';
import { isSameStamp } from './sync-work.js';

export interface SeenFacts {
  readonly name: string;
  readonly group: GroupItem | undefined;
  readonly noted: SyncedItem | undefined;
  readonly ignored: SeenFolder['ignored'] | undefined;
  readonly isAtRest: boolean;
  readonly compared: Exclude<LocalItem, { kind: 'foreign' }>['compared'];
}

/** Of what lies under the name. */
export function localItemOf(
  item: SeenItem | undefined,
  { name, group, noted, ignored, isAtRest, compared }: SeenFacts,
): LocalItem | undefined {
  if (!item || item.kind === 'foreign') return item;
  const { kind, stamp } = item;
  const flaw = item.kind === 'folder' ? item.flaw : undefined;
  const hasMore = item.kind === 'folder' && item.files > (group?.files ?? Infinity);
  const isIgnored = ignored?.match(name, kind === 'folder') === true;
  const isAsNoted = isSameStamp(noted?.stamp, stamp);
  const isShareable = flaw === undefined && !isIgnored && !isKeptVersion(name);
  return { kind, isAsNoted, isAtRest, compared, hasMore, isShareable };
}

/** Whether a plan has to know what is shared: what is as it was noted, or was never here, needs no question to the library. */
export function needsShared(group: GroupItem | undefined, local: LocalItem | undefined): boolean {
  if (!group || local?.kind === 'foreign') return false;
  return local ? !local.isAsNoted : group.isFirstHere;
}
