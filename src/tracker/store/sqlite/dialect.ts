/**
 * Lets Kysely speak to the embedded database, whose statements say by their columns whether
 * they return rows. Owns a bounded cache of prepared statements, because preparing costs more
 * than most of our statements do.
 */
import { SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import { preparedBy } from '../../../net/database-flaw.js';
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { MAX_PREPARED_STATEMENTS } from '../../../net/limits.js';

type Statement = ReturnType<EmbeddedDatabase['prepare']>;

/** A Kysely dialect over one open database, which stays open when Kysely is destroyed. */
export function embeddedDialect(database: EmbeddedDatabase): SqliteDialect {
  const cache = new Map<string, SqliteStatement>();
  const adapted: SqliteDatabase = {
    close: () => cache.clear(),
    prepare: (sql) => {
      const cached = cache.get(sql);
      if (cached) return cached;
      const statement = adaptStatement(preparedBy(database, sql));
      if (cache.size >= MAX_PREPARED_STATEMENTS) cache.clear();
      cache.set(sql, statement);
      return statement;
    },
  };
  return new SqliteDialect({ database: adapted });
}

function adaptStatement(statement: Statement): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters) as unknown[],
    run: (parameters) => statement.run(...parameters),
    iterate: (parameters) => statement.iterate(...parameters) as IterableIterator<unknown>,
  };
}
