/** What a search looks at besides what a file has anyway: its place in the group, the form of its name. */
import { sql } from 'kysely';
import { searchForm } from '../../../net/search-form.js';

/** The place of a name that gets its content now. */
export function nextPlace(groupId: string) {
  return sql<number>`(SELECT coalesce(max(place), 0) + 1 FROM files WHERE group_id = ${groupId})`;
}

/** The form of a name in which it is searched, unless that is the name itself. */
export function foldedOf(name: string): string | null {
  const folded = searchForm(name);
  return folded === name ? null : folded;
}
