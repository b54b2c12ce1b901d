/**
 * The session that does the work, and how a transaction begins in it. What goes out behind a BEGIN does so before that is
 * answered; should it fail alone, the server would commit each of those statements by itself. So the session refuses
 * whatever changes something (25006) outside of a transaction that was begun to.
 */
import type { StoreTransaction } from '../store.js';
import { Behind, type Change } from './behind.js';
import type { Asker, Connection } from './connection.js';
import { bindStatements } from './statements.js';

export const BEGIN = 'BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE';

/** How one look sees one moment, whatever others commit meanwhile. */
export const BEGIN_LOOK = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** A session, and the statements that run in it and in no other. */
export interface WorkSession {
  readonly connection: Connection;
  readonly statements: StoreTransaction;
  /** What the statements are asked, and what failed first of that; whoever carries a transaction out begins it. */
  readonly behind: Behind;
  /** What the transaction of the session has to tell the others; whoever carries that out owns the list. */
  readonly published: string[];
}

/** @throws ConnectionGone, and what the server says */
export async function workIn(connection: Connection): Promise<WorkSession> {
  await connection.run('SET default_transaction_read_only = on');
  const published: string[] = [];
  const publish = async (entry: string): Promise<void> => void published.push(entry);
  const behind = new Behind();
  const change: Change = async (text, values) => behind.change(connection.query(text, values));
  const heard: Asker = {
    query: (text, values) => behind.asked(connection.query(text, values)),
    run: (text) => behind.asked(connection.run(text)),
  };
  const statements = { ...bindStatements(heard, change), publish };
  return { connection, statements, behind, published };
}
