/**
 * The sixth step of the PostgreSQL store: what is left of a removal, to be removed in further turns. A share may outlive
 * the membership that it is of. A tracker of before runs on beside one that has it, and sees a group that has ended as
 * one without members until the rest of it is gone.
 */
export const SCHEMA_0006 = `
ALTER TABLE shares DROP CONSTRAINT shares_user_id_group_id_fkey;
ALTER TABLE groups ADD COLUMN is_ended SMALLINT NOT NULL DEFAULT 0;
CREATE TABLE pending_removals (
  group_id plain_text NOT NULL REFERENCES groups ON DELETE CASCADE,
  user_id plain_text NOT NULL,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX pending_removals_by_user ON pending_removals (user_id);
`;
