/** The second step of the PostgreSQL store: by what a writer knows whether its last commit was one; see commit-fate.ts. */
export const SCHEMA_0002 = `
CREATE TABLE commit_marks (
  writer SMALLINT PRIMARY KEY,
  mark UUID NOT NULL
);
`;
