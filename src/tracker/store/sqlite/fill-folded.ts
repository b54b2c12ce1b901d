/** Gives the file names of an older database the form in which they are searched, where that is another one. */
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { foldedOf } from '../statements/file-place.js';
import { fillColumn } from './fill-column.js';

const FIND_INDEX = "SELECT sql FROM sqlite_schema WHERE name = 'files_by_place'";

export function fillFolded(database: EmbeddedDatabase): void {
  const rows = database.prepare('SELECT rowid AS place, name FROM files');
  const values: (readonly [number, string])[] = [];
  for (const row of rows.iterate() as Iterable<unknown>) {
    const { place, name } = row as { place: number; name: string };
    const folded = foldedOf(name);
    if (folded !== null) values.push([place, folded]);
  }
  // An index that is made afterwards takes half the time.
  const { sql } = database.prepare(FIND_INDEX).get() as { sql: string };
  database.exec('DROP INDEX files_by_place');
  fillColumn(database, { table: 'files', column: 'folded' }, values);
  database.exec(sql);
}
