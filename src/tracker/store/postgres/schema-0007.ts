/**
 * The seventh step of the PostgreSQL store: contents that a removal has taken the last name of, which are dropped later. It
 * only adds: a tracker of before runs on beside one that has it, and leaves them to that.
 */
export const SCHEMA_0007 = `
CREATE TABLE unused_contents (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_ids TEXT NOT NULL
);
`;
