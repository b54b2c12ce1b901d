/**
 * Gives many rows of an older database the value of a new column: in the order in which they lie, many by
 * one statement.
 */
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';

/** Rows of one statement. */
const CHUNK_ROWS = 1_000;

/** Each value with the rowid of its row. */
export function fillColumn(
  database: EmbeddedDatabase,
  { table, column }: { readonly table: string; readonly column: string },
  values: readonly (readonly [rowid: number, value: string])[],
): void {
  const update = database.prepare(
    `UPDATE ${table} SET ${column} = value ->> 1 FROM json_each(?) WHERE ${table}.rowid = value ->> 0`,
  );
  const inOrder = [...values].sort(([a], [b]) => a - b);
  for (let from = 0; from < inOrder.length; from += CHUNK_ROWS) {
    update.run(JSON.stringify(inOrder.slice(from, from + CHUNK_ROWS)));
  }
}
