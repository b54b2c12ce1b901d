/**
 * Gives the ids of an older database their skeletons, by which new ids are held against them. Of ids
 * that look alike already the oldest gets it; the others stay as they are, without one.
 */
import { skeleton } from '../../../net/confusables.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';

/** Two ids that were made before and look alike. */
export interface LookAlikes {
  readonly kind: 'user' | 'group';
  readonly id: string;
  readonly older: string;
}

const tables = [
  ['user', 'users', 'user_id'],
  ['group', 'groups', 'group_id'],
] as const;

/** Fills the columns; tells of each id that stays without a skeleton. */
export function fillSkeletons(
  database: EmbeddedDatabase,
  onLookAlikes: (found: LookAlikes) => void,
): void {
  for (const [kind, table, column] of tables) {
    const update = database.prepare(`UPDATE ${table} SET skeleton = ? WHERE ${column} = ?`);
    const rows = database
      .prepare(`SELECT ${column} AS id FROM ${table} ORDER BY created_at_ms, ${column}`)
      .all() as { id: string }[];
    const taken = new Map<string, string>();
    for (const { id } of rows) {
      const shape = skeleton(id);
      const older = taken.get(shape);
      if (older !== undefined) {
        onLookAlikes({ kind, id, older });
        continue;
      }
      taken.set(shape, id);
      update.run(shape, id);
    }
  }
}
