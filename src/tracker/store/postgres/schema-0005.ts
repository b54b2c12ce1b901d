/** The fifth step of the PostgreSQL store: what was answered to calls with a key, for whoever asks again. It only adds. */
export const SCHEMA_0005 = `
CREATE TABLE kept_answers (
  owner plain_text NOT NULL,
  place INTEGER NOT NULL,
  id plain_text NOT NULL UNIQUE,
  request plain_text NOT NULL,
  answer TEXT NOT NULL,
  kept_at_ms BIGINT NOT NULL,
  PRIMARY KEY (owner, place)
);
CREATE INDEX kept_answers_by_age ON kept_answers (kept_at_ms);
`;
