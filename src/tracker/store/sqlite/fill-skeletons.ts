/**
 * Gives the ids of an older database their skeletons, by which new ids are held against them. Of ids
 * that look alike already the oldest gets it; the others stay as they are, without one.
 */
import { skeleton } from '../../../net/confusables.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { fillColumn } from './fill-column.js';

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
    const rows = database
      .prepare(
        `SELECT rowid AS place, ${column} AS id FROM ${table} ORDER BY created_at_ms, ${column}`,
      )
      .all() as unknown as IdRow[];
    const taken = new Map<string, IdRow>();
    for (const row of rows) {
      const shape = skeleton(row.id);
      const older = taken.get(shape);
      if (older === undefined) taken.set(shape, row);
      else onLookAlikes({ kind, id: row.id, older: older.id });
    }
    putAll(database, table, taken);
  }
}

interface IdRow {
  readonly place: number;
  readonly id: string;
}

/** With an index that is made afterwards: with hundreds of thousands of ids this is what takes the time. */
function putAll(
  database: EmbeddedDatabase,
  table: string,
  taken: ReadonlyMap<string, IdRow>,
): void {
  database.exec(`DROP INDEX ${table}_by_skeleton`);
  const values = Array.from(taken, ([shape, { place }]) => [place, shape] as const);
  fillColumn(database, { table, column: 'skeleton' }, values);
  database.exec(`CREATE UNIQUE INDEX ${table}_by_skeleton ON ${table} (skeleton)`);
}
