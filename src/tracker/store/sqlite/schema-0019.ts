/**
 * Step 19 of the schema: contents that a removal has taken the last name of, which are dropped later. And a share that comes or
 * goes changes the row of its user once, where it did so for each figure: many go with a member or a group.
 */
export const STEP_19 = `
CREATE TABLE unused_contents (
  seq INTEGER PRIMARY KEY,
  file_ids TEXT NOT NULL
) STRICT;
DROP TRIGGER share_counted;
DROP TRIGGER shares_added;
DROP TRIGGER share_described;
CREATE TRIGGER share_counted AFTER INSERT ON shares BEGIN
  UPDATE users SET share_count = share_count + 1, described_bytes = described_bytes +
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = NEW.group_id AND name = NEW.name)
  WHERE user_id = NEW.user_id;
  UPDATE totals SET value = value + 1 WHERE name = 'shares';
END;
DROP TRIGGER share_uncounted;
DROP TRIGGER shares_removed;
DROP TRIGGER share_undescribed;
CREATE TRIGGER share_uncounted BEFORE DELETE ON shares BEGIN
  UPDATE users SET share_count = share_count - 1, described_bytes = described_bytes -
    (SELECT description_bytes FROM files JOIN descriptions USING (file_id)
      WHERE group_id = OLD.group_id AND name = OLD.name)
  WHERE user_id = OLD.user_id;
  UPDATE totals SET value = value - 1 WHERE name = 'shares';
END;
`;
