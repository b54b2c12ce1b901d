/**
 * What trackers that share a database have committed, for each other: rows that are written in the transaction of the
 * change itself, so none is lost between the two. Whoever writes some waits for their turn right before the commit, and
 * has it until that is over; so the order of the numbers is that of the commits, and who has read a number never finds a
 * lower one later. A number may be left out, by a transaction that failed.
 */
import type { OutboxRow, Published, StoreOutbox } from '../shared-store.js';
import type { Connection } from './connection.js';

/** `p2pt` in ASCII; 1 is the database (database-claim.ts). */
const LOCK = [0x70327074, 2] as const;

const WAIT = 'SELECT pg_advisory_xact_lock($1, $2)';
const WRITE = `
INSERT INTO outbox (writer, entry)
SELECT $1::smallint, entry FROM unnest($2::text[]) WITH ORDINALITY AS told (entry, place) ORDER BY place
RETURNING seq`;
const HEAD = 'SELECT coalesce(max(seq), 0)::bigint AS seq FROM outbox';
const READ = `
SELECT seq, writer = $2::smallint AS "isOwn", entry FROM outbox WHERE seq > $1::bigint ORDER BY seq LIMIT $3::int`;
const TRIM = 'DELETE FROM outbox WHERE made_at < now() - make_interval(secs => $1::float8)';

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

  read(afterSeq: number, limit: number): Promise<readonly OutboxRow[]> {
    return this.#ask<OutboxRow>(READ, [afterSeq, this.#writer, limit]);
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
