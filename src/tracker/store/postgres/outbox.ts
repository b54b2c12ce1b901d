/**
 * What trackers that share a database have committed, for each other: rows that are written in the transaction of the
 * change itself, so none is lost between the two. Whoever writes some waits for their turn right before the commit, and
 * has it until that is over; so the order of the numbers is that of the commits, and who has read a number never finds a
 * lower one later. A number may be left out, by a transaction that failed.
 */
import { bug } from '../../../net/errors.js';
import type { OutboxRead, OutboxRow, Published, StoreOutbox } from '../shared-store.js';
import type { Connection } from './connection.js';

/** `p2pt` in ASCII; 1 is the database (database-claim.ts). */
const LOCK = [0x70327074, 2] as const;

const WAIT = 'SELECT pg_advisory_xact_lock($1, $2)';
const WRITE = `
INSERT INTO outbox (writer, entry)
SELECT $1::smallint, entry FROM unnest($2::text[]) WITH ORDINALITY AS told (entry, place) ORDER BY place
RETURNING seq`;
const HEAD =
  'SELECT greatest(up_to, (SELECT max(seq) FROM outbox))::bigint AS seq FROM outbox_removed';
/** One row without a number when there is nothing. */
const READ = `
SELECT removed.up_to AS "removedUpTo", told.* FROM outbox_removed AS removed LEFT JOIN (
  SELECT seq, writer = $2::smallint AS "isOwn", entry FROM outbox WHERE seq > $1::bigint ORDER BY seq LIMIT $3::int
) AS told ON true ORDER BY told.seq`;
/** Notes how far it removes in the same step. */
const TRIM = `
WITH gone AS (
  DELETE FROM outbox WHERE made_at < now() - make_interval(secs => $1::float8) RETURNING seq
)
UPDATE outbox_removed SET up_to = (SELECT max(seq) FROM gone) WHERE up_to < (SELECT max(seq) FROM gone)`;
const NOW = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs"';

/** Writes rows at the end of a transaction; answers their numbers. @throws ConnectionGone, and what the server says */
export async function writeOutbox(
  connection: Connection,
  writer: number,
  entries: readonly string[],
): Promise<Published> {
  const waited = connection.query(WAIT, LOCK);
  const written = connection.query<{ seq: number }>(WRITE, [writer, entries]);
  await Promise.all([waited, written]);
  const seqs = (await written).rows.map(({ seq }) => seq);
  return { first: Math.min(...seqs), last: Math.max(...seqs), count: seqs.length };
}

/** What is read at one moment. */
interface ReadRow extends Omit<OutboxRow, 'seq'> {
  readonly seq: number | null;
  readonly removedUpTo: number;
}

export class PostgresOutbox implements StoreOutbox {
  readonly #connection: () => Promise<Connection>;
  readonly #writer: number;
  readonly #toStoreError: (error: unknown) => unknown;

  constructor(
    connection: () => Promise<Connection>,
    writer: number,
    toStoreError: (error: unknown) => unknown,
  ) {
    this.#connection = connection;
    this.#writer = writer;
    this.#toStoreError = toStoreError;
  }

  async head(): Promise<number> {
    const [row] = await this.#ask<{ seq: number }>(HEAD, []);
    return row?.seq ?? 0;
  }

  async read(afterSeq: number, limit: number): Promise<OutboxRead> {
    const read = await this.#ask<ReadRow>(READ, [afterSeq, this.#writer, limit]);
    return {
      rows: read.flatMap(({ seq, isOwn, entry }) => (seq === null ? [] : [{ seq, isOwn, entry }])),
      removedUpTo: read[0]?.removedUpTo ?? 0,
    };
  }

  async nowMs(): Promise<number> {
    const [row] = await this.#ask<{ nowMs: number }>(NOW, []);
    return row?.nowMs ?? bug('the server has no time');
  }

  async trim(keptMs: number): Promise<void> {
    await this.#ask(TRIM, [keptMs / 1000]);
  }

  async #ask<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const connection = await this.#connection();
      return (await connection.query<Row>(text, values)).rows;
    } catch (error) {
      throw this.#toStoreError(error);
    }
  }
}
