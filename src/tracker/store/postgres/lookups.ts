/**
 * How PostgreSQL finds rows that are asked for by many names or contents at once. Left to itself it goes by averages:
 * where most members have few shares it reads all shares of one who has 30,000, once for each name. So every row is
 * sought as the first of an order that only the index meant has, which is one step in it, and what was found is taken by
 * its place. (EXISTS would not do, because the server forgets an order in there.)
 */
import { sql, type RawBuilder } from 'kysely';
import type { Lookups } from '../statements/lookups.js';

type Part = RawBuilder<unknown>;

/** Columns and the value of each of them. */
type Key = readonly (readonly [column: Part, value: Part])[];

const text = (value: string): Part => sql`${value}::text`;

/** A text of the list that is gone through. */
const one = sql`one.value`;

const listOf = (values: readonly string[]): Part => sql`unnest(${values}::text[]) AS one(value)`;

/** What follows FROM: the rows with a key, in the order of the index that begins with its columns. */
function at(rows: Part, key: Key): Part {
  const columns = sql.join(key.map(([column]) => column));
  const values = sql.join(key.map(([, value]) => value));
  return sql`${rows} WHERE (${columns}) >= (${values}) AND (${columns}) <= (${values})
    ORDER BY ${columns}`;
}

const inNamed = (groupId: string, name: Part): Key => [
  [sql`group_id`, text(groupId)],
  [sql`name`, name],
];

/** True of the rows of a table that have the key, for one text or another of the list. */
const placedAt = (table: Part, key: Key, values: readonly string[]): RawBuilder<boolean> =>
  sql`ctid = ANY(ARRAY(SELECT found.place FROM ${listOf(values)}
    CROSS JOIN LATERAL (SELECT ctid AS place FROM ${at(table, key)} LIMIT 1) AS found))`;

/** Those of the texts for which there is a row with the key. */
const foundAt = (rows: Part, key: Key, values: readonly string[]): RawBuilder<{ value: string }> =>
  sql`SELECT one.value FROM ${listOf(values)}
    CROSS JOIN LATERAL (SELECT 1 FROM ${at(rows, key)} LIMIT 1) AS found`;

const ofContent = (groupId: string): Key => [
  [sql`file_id`, one],
  [sql`group_id`, text(groupId)],
];

export const postgresLookups: Lookups = {
  sharesOf: ({ groupId, userId, deviceId }, names) => {
    const ofSharer: Key = [
      [sql`user_id`, text(userId)],
      [sql`device_id`, text(deviceId)],
    ];
    return placedAt(sql`shares`, [...inNamed(groupId, one), ...ofSharer], names);
  },
  filesNamed: (groupId, names) => placedAt(sql`files`, inNamed(groupId, one), names),
  contentsIn: (groupId, fileIds) => sql`${foundAt(sql`files`, ofContent(groupId), fileIds)}
    UNION ALL ${foundAt(sql`former_versions`, ofContent(groupId), fileIds)}`,
  contentsSharedBy: ({ groupId, userId, deviceId }, fileIds) => {
    const ofFile: Key = [
      ...inNamed(groupId, sql`files.name`),
      [sql`user_id`, text(userId)],
      [sql`device_id`, text(deviceId)],
    ];
    const shared = sql`files CROSS JOIN LATERAL
      (SELECT 1 FROM ${at(sql`shares`, ofFile)} LIMIT 1) AS shared`;
    return foundAt(shared, ofContent(groupId), fileIds);
  },
};
