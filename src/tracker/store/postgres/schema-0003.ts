/**
 * The third step of the PostgreSQL store, for trackers that share a database: what each has committed, for the others
 * (outbox.ts), and the keys that all of them show. It only adds, so a tracker of before runs on beside one that has it.
 */
export const SCHEMA_0003 = `
CREATE TABLE outbox (
  seq BIGSERIAL PRIMARY KEY,
  writer SMALLINT NOT NULL,
  entry TEXT NOT NULL,
  made_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX outbox_by_age ON outbox (made_at);
CREATE TABLE tracker_keys (
  name plain_text PRIMARY KEY,
  value TEXT NOT NULL
);
`;
