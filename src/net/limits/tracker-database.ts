/** Bounds of a tracker whose store is a PostgreSQL server. */

/** Bytes of the address of that server, with all that is set in it. */
export const MAX_DATABASE_URL_BYTES = 4_096;
/** Until a connection to it is there, its TLS and its login. */
export const DATABASE_CONNECT_TIMEOUT_MS = 3_000;
/** Until the server itself gives a statement up. */
export const DATABASE_STATEMENT_TIMEOUT_MS = 10_000;
/** Until a statement's answer counts as lost, and the connection with it; from the answer before it on. */
export const DATABASE_ANSWER_TIMEOUT_MS = 15_000;
/** Whoever only looks waits so long for a database that is silent, and so long for changes that wait for it. */
export const DATABASE_LOOK_WAIT_MS = 3_000;
/** A statement waits so long for a row or table that somebody else has locked. */
export const DATABASE_LOCK_TIMEOUT_MS = 5_000;
/** A transaction of ours in which nothing happens is ended by the server after this. */
export const DATABASE_IDLE_TRANSACTION_MS = 10_000;
/** Whoever comes sooner after a connection that could not be made is refused at once. */
export const DATABASE_RECONNECT_PAUSE_MS = 250;
/** A tracker that starts waits so long for one that ends, which still has the database. */
export const ONLY_TRACKER_WAIT_MS = 3_000;
/** Times that changes are carried out which others thwart, the first one included. */
export const MAX_TRANSACTION_ATTEMPTS = 6;
/** Before the second attempt they wait for a part of this that chance chooses, before the third one for one of twice this, and so on. */
export const CONFLICT_PAUSE_MS = 20;
/** When the connection goes while changes are committed, it is asked so long whether they are. */
export const COMMIT_FATE_WAIT_MS = 20_000;
/** Statements of a transaction that are sent without waiting for their answers; then those are waited for. */
export const MAX_STATEMENTS_BEHIND = 64;
/** Rows in which a figure of all is kept, so that those who change it do not wait for each other. */
export const TOTAL_SLOTS = 16;
