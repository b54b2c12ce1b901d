/**
 * The fourth step of the PostgreSQL store: up to which number rows of the outbox were removed, so that whoever has not
 * read that far knows. It only adds.
 */
export const SCHEMA_0004 = `
CREATE TABLE outbox_removed (
  only_one BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_one),
  up_to BIGINT NOT NULL
);
INSERT INTO outbox_removed (up_to) VALUES (0);
`;
