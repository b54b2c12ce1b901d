/**
 * What of a group's list is taken into a folder that is kept the same: the items that were chosen, and no more than a
 * folder can hold, those first that are there already. Pure.
 */
import { MAX_SYNC_GROUP_ITEMS } from '../../net/limits.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { ItemNames } from './item-names.js';
import type { GroupItem } from './sync-plan.js';

/** An item of the group, and who has shared it longest. */
export type ListedItem = GroupItem & { readonly sharer: string };

export interface GroupItems {
  readonly items: ReadonlyMap<string, ListedItem>;
  /** The group has them, and nothing is done with what has their names. */
  readonly passedOver: ReadonlySet<string>;
}

export function groupItemsOf(
  rows: readonly FileRow[],
  names: Pick<ItemNames, 'has'>,
  isNoted: (name: string) => boolean,
  most = MAX_SYNC_GROUP_ITEMS,
): GroupItems {
  const chosen = rows.filter(({ name, files }) => names.has(name, files !== undefined));
  const [known, others] = [chosen, chosen].map((all, index) =>
    all.filter(({ name }) => isNoted(name) === (index === 0)),
  );
  const inOrder = [...known!, ...others!];
  return {
    items: new Map(inOrder.slice(0, most).map((row) => [row.name, itemOf(row)])),
    passedOver: new Set(inOrder.slice(most).map(({ name }) => name)),
  };
}

function itemOf(row: FileRow): ListedItem {
  const { fileId, size, sources, sharer, files, isFirstHere = false } = row;
  const isFolder = files !== undefined;
  const about = { fileId, size, isFolder, hasSources: sources > 0, isFirstHere, sharer };
  return { ...about, ...(isFolder && { files }) };
}
