/** Removals to their end, as the tracker does them in several turns. */
import type { StoreTransaction } from '../../../src/tracker/store/store.js';

/** Ends a group and removes all of its rows. Returns who had asked to join. */
export async function removeGroup(
  tx: Pick<StoreTransaction, 'endGroup' | 'removeSomeOfGroup' | 'dropSomeContents'>,
  groupId: string,
): Promise<string[]> {
  const asking = await tx.endGroup(groupId);
  while (!(await tx.removeSomeOfGroup(groupId)));
  await dropContents(tx);
  return asking;
}

/** Drops all contents that removals have taken the last name of, where nothing uses them. */
export async function dropContents(tx: Pick<StoreTransaction, 'dropSomeContents'>): Promise<void> {
  while (await tx.dropSomeContents(false));
}

/** Ends all shares of a user in a group. Returns the contents that are gone from it. */
export async function removeSharesOf(
  tx: Pick<StoreTransaction, 'removeSomeSharesOf' | 'dropSomeContents'>,
  groupId: string,
  userId: string,
): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const { gone, isRest } = await tx.removeSomeSharesOf(groupId, userId);
    all.push(...gone);
    if (isRest) continue;
    await dropContents(tx);
    return all;
  }
}
